/* A load client for websocket servers: one thread, epoll, as little work a message as can be.
 *
 * It opens any number of connections, joins each to one channel, publishes through the server's own way, and tells
 * rates, latencies and the processor time of the server. It speaks Wheelhouse's protocol (`connect` and `subscribe`
 * with a token), Socket.IO's, and that of servers where who opens the path listens.
 *
 *   cc -O2 -o load load.c
 *   load port=8000 protocol=wheelhouse path=/ws tokens=FILE channel=jackpot:… pid=SERVER [publisher_fd=N] [deflate=1]
 *
 * Commands come a line each on standard input, an answer of one JSON line for each goes to standard output:
 *
 *   open N            have N connections, joined; closes what is more than that
 *   pace RATE S       publish RATE a second for S seconds: latencies from publish to receipt
 *   burst W WARM S    keep W publishes waiting: deliveries, and processor time, over S seconds
 *   fill N            publish N, eight waiting
 *   stall N           stop reading on N connections
 *   storm MISSED RATE cut all, publish MISSED, come back with recovery under RATE a second; time until all have all
 *   spin WARM S       every connection spins `wheel` and spins again when it is answered: spins, latencies, over S seconds
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { WHEELHOUSE, SOCKETIO, PLAIN };
enum { UNUSED, CONNECTING, HANDSHAKE, JOINING, LIVE, GONE };

typedef struct {
    int fd, state, index;
    unsigned stalled : 1, control : 1, recovered : 1;
    int close_code;
    uint32_t received; /* messages since the count was last begun */
    uint32_t asked;    /* spins asked for; the last one's id */
    uint64_t asked_at;
    int64_t next;      /* the next sequence number expected; -1 before the first */
    int64_t offset;    /* of Wheelhouse: where it stands in the epoch */
    char session[48];  /* of Socket.IO: the private session id */
    char position[48]; /* of Socket.IO: the offset of the last packet; of Wheelhouse: the epoch */
    uint8_t *rest;     /* the beginning of a frame that has not come whole */
    int rest_length;
} connection;

#define MOST 20000
#define MOST_PUBLISHED 4000000
#define MOST_LATENCIES 4000000
#define AT_ONCE 64 /* connections that are being opened at a time */
#define STORM_AT_ONCE 256 /* after a cut, when nobody is polite */

static int port, protocol = PLAIN, server_pid, publisher_fd = -1, deflate_offered, message_bytes = 200, small_readers;
static const char *path = "/sub", *publish_path = "/pub", *channel = "", *wheel = "", *tokens_file;
static char *tokens[MOST];
static int token_count;

static connection all[MOST], control;
static int wanted, opening, joined, readers, closed_by_server, unrecovered;
static int poller;

static uint64_t *published_at, delivered;
static uint32_t published, *latencies, latency_count, pace_base;
static int timing, inspecting, playing, waiting_for_spins;
static uint64_t gaps, twice;
static uint8_t incoming[1 << 18];

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* Processor time of all threads of a process, in seconds. */
static double cpu_of(int pid) {
    char name[320];
    snprintf(name, sizeof name, "/proc/%d/task", pid);
    DIR *folder = opendir(name);
    if (!folder) return 0;
    double total = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "/proc/%d/task/%s/schedstat", pid, entry->d_name);
        FILE *file = fopen(name, "r");
        unsigned long long ns = 0;
        if (file && fscanf(file, "%llu", &ns) == 1) total += ns / 1e9;
        if (file) fclose(file);
    }
    closedir(folder);
    return total;
}

/* ---- sending */

static void send_frame(connection *c, int opcode, const char *text, size_t length) {
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t frame[8192];
    size_t head = 2;
    if (length > 8000) fail("a message of %zu bytes is longer than this client sends", length);
    frame[0] = 0x80 | opcode;
    if (length < 126) {
        frame[1] = 0x80 | length;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = length >> 8;
        frame[3] = length;
        head = 4;
    }
    memcpy(frame + head, mask, 4);
    head += 4;
    for (size_t i = 0; i < length; i++) frame[head + i] = text[i] ^ mask[i & 3];
    ssize_t size = head + length;
    if (send(c->fd, frame, size, MSG_NOSIGNAL) != size && c->control) fail("the publishing connection is full");
}

static void send_text(connection *c, const char *format, ...) {
    char text[8192];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    send_frame(c, 1, text, length);
}

static void publish(void) {
    if (published >= MOST_PUBLISHED) fail("more was published than this client can follow");
    published_at[published] = now_ns();
    if (publisher_fd >= 0) {
        if (write(publisher_fd, "p", 1) != 1) fail("the publisher does not keep up");
    } else {
        char text[4096];
        const char *before = protocol == SOCKETIO ? "42[\"pub\",{\"seq\":" : "{\"seq\":";
        const char *after = protocol == SOCKETIO ? "\"}]" : "\"}";
        int length = snprintf(text, sizeof text, "%s%u,\"pad\":\"", before, published);
        int pad = message_bytes - length - (int)strlen(after);
        for (int i = 0; i < pad; i++) text[length++] = 'a' + (published + i) % 26;
        strcpy(text + length, after);
        send_frame(&control, 1, text, length + strlen(after));
    }
    published++;
}

/* ---- opening and joining */

static void watch(connection *c, int how, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(poller, how, c->fd, &event);
}

static void open_connection(connection *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    struct linger cut = {1, 0};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) fail("no more sockets: %s", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &cut, sizeof cut); /* so that ports are free again at once */
    if (!c->control && c->index < small_readers) { /* who stall later, so that the kernel holds little for them */
        int bytes = 4096;
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    c->state = CONNECTING;
    c->close_code = 0;
    c->rest_length = 0;
    opening++;
    if (connect(c->fd, (void *)&address, sizeof address) && errno != EINPROGRESS)
        fail("cannot connect: %s", strerror(errno));
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void ask_for_websocket(connection *c) {
    char request[1024], number[16] = "";
    if (protocol == PLAIN && *wheel) snprintf(number, sizeof number, "%d", c->index); /* who plays is in the path */
    int length = snprintf(request, sizeof request,
        "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
        c->control ? publish_path : path, number, port,
        deflate_offered ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "");
    if (send(c->fd, request, length, MSG_NOSIGNAL) != length) fail("cannot ask for a websocket: %s", strerror(errno));
    c->state = HANDSHAKE;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void now_live(connection *c) {
    c->state = LIVE;
    opening--;
    if (!c->control) joined++, readers++;
}

static void join(connection *c) {
    c->state = JOINING;
    if (protocol == PLAIN) {
        now_live(c);
    } else if (protocol == WHEELHOUSE) {
        send_text(c, "{\"type\":\"connect\",\"id\":1,\"token\":\"%s\"}", tokens[c->index % token_count]);
        if (!*channel) return; /* nothing is listened to */
        if (c->position[0])
            send_text(c, "{\"type\":\"subscribe\",\"id\":2,\"channel\":\"%s\",\"since\":{\"epoch\":\"%s\",\"offset\":%lld}}",
                channel, c->position, (long long)c->offset);
        else
            send_text(c, "{\"type\":\"subscribe\",\"id\":2,\"channel\":\"%s\"}", channel);
    }
    /* Socket.IO's server speaks first. */
}

static void forget(connection *c) {
    if (c->state == LIVE && !c->control) {
        joined--;
        if (!c->stalled) readers--;
    } else if (c->state > UNUSED && c->state < LIVE) {
        opening--;
    }
    c->stalled = 0;
    c->rest_length = 0;
    free(c->rest);
    c->rest = NULL;
    if (c->fd > 0) close(c->fd);
    c->fd = 0;
}

static void cut(connection *c) {
    forget(c);
    c->state = UNUSED;
}

static void lost(connection *c) {
    if (c->state < LIVE) fail("connection %d was refused (close code %d)", c->index, c->close_code);
    if (c->control) fail("the publishing connection was closed");
    closed_by_server++;
    forget(c);
    c->state = GONE;
}

/* ---- what comes in */

static const char *find(const uint8_t *text, size_t length, const char *what) {
    const char *at = memmem(text, length, what, strlen(what));
    return at ? at + strlen(what) : NULL;
}

static void copy_text(char *to, size_t size, const char *from) {
    size_t i = 0;
    for (; from && from[i] != '"' && i + 1 < size; i++) to[i] = from[i];
    to[i] = 0;
}

static void take_number(connection *c, int64_t number) {
    if (c->next >= 0 && number > c->next) gaps++;
    if (c->next >= 0 && number < c->next) {
        twice++;
        return;
    }
    c->next = number + 1;
}

static void inspect(connection *c, const uint8_t *text, size_t length) {
    const char *end = (const char *)text + length, *at = (const char *)text;
    while ((at = find((const uint8_t *)at, end - at, "\"seq\":"))) take_number(c, strtoll(at, NULL, 10));
    if (protocol == WHEELHOUSE) {
        const char *offset = find(text, length, "\"offset\":");
        if (offset) c->offset = strtoll(offset, NULL, 10);
    } else if (protocol == SOCKETIO && length > 8 && text[length - 1] == ']' && text[length - 2] == '"') {
        size_t start = length - 2;
        while (start && text[start - 1] != '"') start--;
        copy_text(c->position, sizeof c->position, (const char *)text + start);
    }
}

static void answered(connection *c, const uint8_t *text, size_t length) {
    if (protocol == SOCKETIO) {
        if (text[0] == '0') {
            if (c->session[0])
                send_text(c, "40{\"pid\":\"%s\",\"offset\":\"%s\"}", c->session, c->position);
            else
                send_text(c, "40");
        } else if (length > 2 && text[0] == '4' && text[1] == '0') {
            char before[sizeof c->session];
            strcpy(before, c->session);
            const char *id = find(text, length, "\"pid\":\"");
            if (id) copy_text(c->session, sizeof c->session, id);
            if (before[0] && strcmp(before, c->session)) unrecovered++;
            now_live(c);
        } else if (text[0] == '4' && text[1] == '2') {
            inspect(c, text, length); /* what was missed comes before the answer */
        }
        return;
    }
    if (find(text, length, "\"type\":\"error\"")) fail("refused: %.*s", (int)(length < 300 ? length : 300), text);
    if (!find(text, length < 40 ? length : 40, *channel ? "\"id\":2" : "\"id\":1")) return;
    if (!*channel) {
        now_live(c);
        return;
    }
    if (c->position[0] && !find(text, length, "\"recovered\":true")) unrecovered++;
    copy_text(c->position, sizeof c->position, find(text, length, "\"epoch\":\""));
    inspect(c, text, length);
    now_live(c);
}

static void spin(connection *c) {
    static uint64_t run; /* so that no play is taken for one of a run before */
    if (!run) run = now_ns();
    c->asked++;
    c->asked_at = now_ns();
    waiting_for_spins++;
    send_text(c, "{\"type\":\"spin\",\"id\":%u,\"wheel_id\":\"%s\",\"request_id\":\"%llx-%u\"}", c->asked + 1, wheel,
        (unsigned long long)run, c->asked);
}

static void spun(connection *c, const uint8_t *text, size_t length, uint64_t at) {
    if (find(text, length, "\"type\":\"error\"")) fail("refused: %.*s", (int)(length < 300 ? length : 300), text);
    if (!find(text, length < 40 ? length : 40, "\"type\":\"reply\"")) return;
    waiting_for_spins--;
    delivered++;
    if (timing && latency_count < MOST_LATENCIES) latencies[latency_count++] = (at - c->asked_at) / 1000;
    if (playing) spin(c);
}

static void take_frame(connection *c, int opcode, const uint8_t *payload, size_t length, uint64_t at) {
    if (opcode == 8) {
        c->close_code = length >= 2 ? payload[0] << 8 | payload[1] : 1005;
    } else if (opcode == 9) {
        send_frame(c, 10, "", 0);
    } else if (protocol == SOCKETIO && length == 1 && payload[0] == '2') {
        send_text(c, "3");
    } else if (c->state == JOINING) {
        answered(c, payload, length);
    } else if (waiting_for_spins) {
        spun(c, payload, length, at);
    } else if (length >= 100 && !c->control) {
        delivered++;
        uint32_t number = pace_base + c->received++;
        if (timing && number < published && latency_count < MOST_LATENCIES)
            latencies[latency_count++] = (at - published_at[number]) / 1000;
        if (inspecting) inspect(c, payload, length);
    }
}

static int take_frames(connection *c, uint8_t *data, int length, uint64_t at) {
    int start = 0;
    while (length - start >= 2) {
        uint8_t *frame = data + start;
        uint64_t size = frame[1] & 127;
        int head = size == 126 ? 4 : size == 127 ? 10 : 2;
        if (length - start < head) break;
        if (size == 126) size = frame[2] << 8 | frame[3];
        else if (size == 127) {
            size = 0;
            for (int i = 2; i < 10; i++) size = size << 8 | frame[i];
        }
        if ((uint64_t)(length - start - head) < size) break;
        take_frame(c, frame[0] & 15, frame + head, size, at);
        if (c->fd == 0) return length;
        start += head + size;
    }
    return start;
}

static void read_from(connection *c) {
    int kept = c->rest_length;
    if (kept) memcpy(incoming, c->rest, kept);
    ssize_t got = recv(c->fd, incoming + kept, sizeof incoming - kept - 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        lost(c);
        return;
    }
    uint64_t at = now_ns();
    int length = kept + got, start = 0;
    if (c->state == HANDSHAKE) {
        incoming[length] = 0;
        char *end = strstr((char *)incoming, "\r\n\r\n");
        if (end) {
            if (strncmp((char *)incoming, "HTTP/1.1 101", 12)) fail("no websocket: %.200s", incoming);
            if (strcasestr((char *)incoming, "permessage-deflate"))
                fail("the server compresses, which this client does not read");
            start = end + 4 - (char *)incoming;
            join(c);
        }
    }
    if (c->state != HANDSHAKE) start += take_frames(c, incoming + start, length - start, at);
    if (c->fd == 0) return;
    int rest = length - start;
    if (rest) {
        c->rest = realloc(c->rest, rest);
        memcpy(c->rest, incoming + start, rest);
    } else if (c->rest_length) {
        free(c->rest);
        c->rest = NULL;
    }
    c->rest_length = rest;
}

static void turn(int timeout_ms) {
    static struct epoll_event events[512];
    int count = epoll_wait(poller, events, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
        connection *c = events[i].data.ptr;
        if (c->state == CONNECTING && events[i].events & EPOLLOUT) ask_for_websocket(c);
        else if (c->fd) read_from(c);
    }
}

static void turns_for(double seconds) {
    uint64_t end = now_ns() + seconds * 1e9;
    while (now_ns() < end) turn(1);
}

/* ---- commands */

static void open_all(int from, int to) {
    uint64_t limit = now_ns() + 120000000000ull;
    for (int i = from; i < to;) {
        while (i < to && opening < AT_ONCE) {
            all[i].index = i;
            open_connection(&all[i++]);
        }
        turn(100);
        if (now_ns() > limit) fail("only %d of %d connections opened in two minutes", joined, to);
    }
    while (opening) {
        turn(100);
        if (now_ns() > limit) fail("only %d of %d connections opened in two minutes", joined, to);
    }
}

static void cmd_open(int count) {
    if (count > MOST) fail("at most %d connections", MOST);
    if (publisher_fd < 0 && !*wheel && !control.fd) {
        control.control = 1;
        open_connection(&control);
        while (opening) turn(100);
    }
    uint64_t begun = now_ns();
    double cpu = cpu_of(server_pid);
    for (int i = count; i < wanted; i++) cut(&all[i]);
    int before = wanted;
    wanted = count;
    if (count > before) {
        for (int i = before; i < count; i++) all[i].next = -1;
        open_all(before, count);
    }
    printf("{\"connections\":%d,\"seconds\":%.3f,\"cpu_s\":%.3f}\n", joined, (now_ns() - begun) / 1e9,
        cpu_of(server_pid) - cpu);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void begin_counting(void) {
    pace_base = published;
    delivered = 0;
    for (int i = 0; i < wanted; i++) all[i].received = 0;
}

/* Have everything that was published before arrived; whether it has. */
static int settle(double seconds) {
    uint64_t end = now_ns() + seconds * 1e9;
    while (delivered < (uint64_t)(published - pace_base) * readers && now_ns() < end) turn(5);
    return delivered >= (uint64_t)(published - pace_base) * readers;
}

static void cmd_pace(double rate, double seconds) {
    begin_counting();
    latency_count = 0;
    timing = 1;
    double cpu = cpu_of(server_pid);
    int total = rate * seconds;
    uint64_t begun = now_ns();
    for (int i = 0; i < total; i++) {
        uint64_t due = begun + i * 1e9 / rate;
        for (uint64_t at; (at = now_ns()) < due;) turn(due - at > 2000000 ? 1 : 0);
        publish();
    }
    int whole = settle(5);
    timing = 0;
    cpu = cpu_of(server_pid) - cpu;
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    uint32_t n = latency_count ? latency_count : 1;
    printf("{\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"deliveries\":%llu,\"whole\":%s,\"cpu_us\":%.3f}\n",
        latencies[n / 2] / 1e3, latencies[(uint64_t)n * 99 / 100] / 1e3, latencies[n - 1] / 1e3,
        (unsigned long long)delivered, whole ? "true" : "false", cpu * 1e6 / (delivered ? delivered : 1));
}

static void cmd_burst(int waiting, double warm, double seconds) {
    begin_counting();
    uint64_t start = now_ns() + warm * 1e9, end = start + seconds * 1e9, first = 0, begun = 0, moved = now_ns(), seen = 0;
    double cpu = 0, own = 0;
    for (;;) {
        uint64_t at = now_ns();
        if (!begun && at >= start) {
            begun = at;
            first = delivered;
            cpu = cpu_of(server_pid);
            own = cpu_of(getpid());
        }
        if (at >= end) break;
        while ((uint64_t)(published - pace_base) * readers < delivered + (uint64_t)waiting * readers) publish();
        turn(5);
        if (delivered != seen) seen = delivered, moved = now_ns();
        if (now_ns() - moved > 10000000000ull) fail("nothing came for ten seconds (%d were closed)", closed_by_server);
    }
    double took = (now_ns() - begun) / 1e9, used = cpu_of(server_pid) - cpu;
    uint64_t count = delivered - first;
    own = cpu_of(getpid()) - own;
    int whole = settle(10);
    printf("{\"per_s\":%.0f,\"cpu_us\":%.4f,\"busy\":%.3f,\"client_busy\":%.3f,\"closed\":%d,\"whole\":%s}\n", count / took,
        used * 1e6 / (count ? count : 1), used / took, own / took, closed_by_server, whole ? "true" : "false");
}

static void cmd_spin(double warm, double seconds) {
    uint64_t start = now_ns() + warm * 1e9, end = start + seconds * 1e9, begun = 0, first = 0, moved = now_ns(), seen = 0;
    double cpu = 0, own = 0;
    delivered = latency_count = 0;
    playing = 1;
    for (int i = 0; i < wanted; i++) spin(&all[i]);
    for (uint64_t at; (at = now_ns()) < end; turn(5)) {
        if (!begun && at >= start) {
            begun = at;
            first = delivered;
            timing = 1;
            cpu = cpu_of(server_pid);
            own = cpu_of(getpid());
        }
        if (delivered != seen) seen = delivered, moved = at;
        if (at - moved > 10000000000ull) fail("no spin was answered for ten seconds (%d were closed)", closed_by_server);
    }
    double took = (now_ns() - begun) / 1e9, used = cpu_of(server_pid) - cpu;
    uint64_t count = delivered - first;
    own = cpu_of(getpid()) - own;
    playing = timing = 0;
    uint64_t limit = now_ns() + 30000000000ull;
    while (waiting_for_spins > 0 && now_ns() < limit) turn(5);
    if (waiting_for_spins > 0) fail("%d spins were never answered", waiting_for_spins);
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    uint32_t n = latency_count ? latency_count : 1;
    printf("{\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"cpu_us\":%.2f,\"busy\":%.3f,\"client_busy\":%.3f}\n",
        count / took, latencies[n / 2] / 1e3, latencies[(uint64_t)n * 99 / 100] / 1e3, used * 1e6 / (count ? count : 1),
        used / took, own / took);
}

static void cmd_fill(int count) {
    begin_counting();
    for (int i = 0; i < count;) {
        while (i < count && (uint64_t)(published - pace_base) * readers < delivered + 8ull * readers) publish(), i++;
        turn(5);
    }
    int whole = settle(10);
    printf("{\"whole\":%s,\"closed\":%d}\n", whole ? "true" : "false", closed_by_server);
}

static void cmd_stall(int count) {
    for (int i = 0; i < count && i < wanted; i++) {
        if (all[i].state != LIVE || all[i].stalled) continue;
        epoll_ctl(poller, EPOLL_CTL_DEL, all[i].fd, NULL);
        all[i].stalled = 1;
        readers--;
    }
    printf("{\"readers\":%d}\n", readers);
}

static int have_up_to(int64_t number) {
    int count = 0;
    for (int i = 0; i < wanted; i++) count += all[i].state == LIVE && all[i].next >= number;
    return count;
}

static void cmd_storm(int missed, double rate) {
    inspecting = 1;
    gaps = twice = unrecovered = 0;
    begin_counting();
    for (int i = 0; i < 5; i++) publish();
    settle(10);
    for (int i = 0; i < wanted; i++) cut(&all[i]);
    turns_for(1);
    for (int i = 0; i < missed; i++) publish();
    turns_for(0.5);
    int64_t mark = published;
    double cpu = cpu_of(server_pid);
    uint64_t begun = now_ns(), due = begun, half = 0, live = 0, end = begun + 90000000000ull;
    for (int i = 0;;) {
        while (i < wanted && opening < STORM_AT_ONCE) open_connection(&all[i++]);
        turn(1);
        uint64_t at = now_ns();
        if (rate > 0 && at >= due) publish(), due += 1e9 / rate;
        if (!half && joined >= wanted / 2) half = at;
        if (!live && joined == wanted) live = at;
        if (live && have_up_to(mark) == wanted) break;
        if (at > end) fail("only %d of %d were back after 90 seconds", have_up_to(mark), wanted);
    }
    double took = (now_ns() - begun) / 1e9;
    cpu = cpu_of(server_pid) - cpu;
    uint64_t limit = now_ns() + 10000000000ull;
    while (have_up_to(published) < wanted && now_ns() < limit) turn(5);
    printf("{\"seconds\":%.3f,\"half_s\":%.3f,\"cpu_s\":%.3f,\"unrecovered\":%d,\"gaps\":%llu,\"twice\":%llu,\"whole\":%d}\n",
        took, (half - begun) / 1e9, cpu, unrecovered, (unsigned long long)gaps, (unsigned long long)twice,
        have_up_to(published));
    inspecting = 0;
}

static void obey(char *line) {
    int n = 0, m = 0;
    double x = 0, y = 0;
    if (sscanf(line, "open %d", &n) == 1) cmd_open(n);
    else if (sscanf(line, "pace %lf %lf", &x, &y) == 2) cmd_pace(x, y);
    else if (sscanf(line, "burst %d %lf %lf", &n, &x, &y) == 3) cmd_burst(n, x, y);
    else if (sscanf(line, "fill %d", &n) == 1) cmd_fill(n);
    else if (sscanf(line, "stall %d", &n) == 1) cmd_stall(n);
    else if (sscanf(line, "storm %d %lf", &m, &x) == 2) cmd_storm(m, x);
    else if (sscanf(line, "spin %lf %lf", &x, &y) == 2) cmd_spin(x, y);
    else fail("no such command: %s", line);
    fflush(stdout);
}

static void read_tokens(void) {
    char line[4096];
    FILE *file = fopen(tokens_file, "r");
    if (!file) fail("cannot read %s", tokens_file);
    while (token_count < MOST && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        tokens[token_count++] = strdup(line);
    }
    fclose(file);
    if (!token_count) fail("%s holds no token", tokens_file);
}

static void set(const char *key, const char *value) {
    if (!strcmp(key, "port")) port = atoi(value);
    else if (!strcmp(key, "pid")) server_pid = atoi(value);
    else if (!strcmp(key, "path")) path = value;
    else if (!strcmp(key, "publish_path")) publish_path = value;
    else if (!strcmp(key, "channel")) channel = value;
    else if (!strcmp(key, "wheel")) wheel = value;
    else if (!strcmp(key, "tokens")) tokens_file = value;
    else if (!strcmp(key, "publisher_fd")) publisher_fd = atoi(value);
    else if (!strcmp(key, "deflate")) deflate_offered = atoi(value);
    else if (!strcmp(key, "small_readers")) small_readers = atoi(value);
    else if (!strcmp(key, "message_bytes")) message_bytes = atoi(value);
    else if (strcmp(key, "protocol")) fail("no such setting: %s", key);
    else protocol = !strcmp(value, "wheelhouse") ? WHEELHOUSE : !strcmp(value, "socketio") ? SOCKETIO : PLAIN;
}

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        char *value = strchr(words[i], '=');
        if (!value) fail("settings are key=value, not %s", words[i]);
        *value++ = 0;
        set(words[i], value);
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (protocol == WHEELHOUSE) read_tokens();
    poller = epoll_create1(0);
    published_at = malloc(sizeof *published_at * MOST_PUBLISHED);
    latencies = calloc(MOST_LATENCIES, sizeof *latencies);
    fcntl(0, F_SETFL, O_NONBLOCK);
    char line[256];
    int length = 0;
    for (;;) { /* between commands, pings are answered and what comes late is read */
        turn(5);
        ssize_t got = read(0, line + length, sizeof line - 1 - length);
        if (got == 0) return 0;
        if (got < 0) continue;
        length += got;
        line[length] = 0;
        for (char *end; (end = strchr(line, '\n'));) {
            *end = 0;
            obey(line);
            length -= end + 1 - line;
            memmove(line, end + 1, length + 1);
        }
    }
}
