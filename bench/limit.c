/* What a server could do at best: it knows nothing but to pass frames on, in C, one thread, epoll.
 *
 * Who opens /pub publishes, everybody else listens. `limit PORT join` writes what one read has brought in one piece to
 * each listener; `limit PORT each` makes a write of each message. It serves the load client beside it and no browser:
 * its handshake answers the one key that this client sends, the example of RFC 6455, 1.3.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define MOST 65536
#define ROOM 65536

typedef struct {
    int fd, open, publishes, place, length;
    uint8_t *bytes;
} peer;

static peer *listeners[MOST];
static int listener_count, poller, joining;
static uint8_t out[ROOM * 2];

static const char ACCEPTED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void drop(peer *p) {
    if (p->open && !p->publishes) {
        listeners[p->place] = listeners[--listener_count];
        listeners[p->place]->place = p->place;
    }
    close(p->fd);
    free(p->bytes);
    free(p);
}

static void write_all(int fd, const uint8_t *data, size_t length) {
    while (length) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            length -= sent;
        } else if (errno == EAGAIN) {
            struct pollfd full = {.fd = fd, .events = POLLOUT};
            poll(&full, 1, 1000);
        } else {
            return; /* its reader will be told by epoll */
        }
    }
}

static void pass_on(const uint8_t *frames, size_t length) {
    for (int i = 0; i < listener_count; i++) write_all(listeners[i]->fd, frames, length);
}

static void handshake(peer *p) {
    char *end = memmem(p->bytes, p->length, "\r\n\r\n", 4);
    if (!end) return;
    p->publishes = !strncmp((char *)p->bytes, "GET /pub", 8);
    p->open = 1;
    if (!p->publishes) {
        p->place = listener_count;
        listeners[listener_count++] = p;
    }
    write_all(p->fd, (const uint8_t *)ACCEPTED, sizeof ACCEPTED - 1);
    int used = end + 4 - (char *)p->bytes;
    p->length -= used;
    memmove(p->bytes, p->bytes + used, p->length);
}

static void frames(peer *p) {
    int start = 0, ready = 0;
    while (p->length - start >= 6) {
        uint8_t *frame = p->bytes + start;
        int size = frame[1] & 127, head = 2;
        if (size == 126) {
            if (p->length - start < 8) break;
            size = frame[2] << 8 | frame[3];
            head = 4;
        }
        if (p->length - start < head + 4 + size) break;
        uint8_t *mask = frame + head, *payload = mask + 4;
        out[ready] = frame[0];
        out[ready + 1] = frame[1] & 127;
        memcpy(out + ready + 2, frame + 2, head - 2);
        for (int i = 0; i < size; i++) out[ready + head + i] = payload[i] ^ mask[i & 3];
        start += head + 4 + size;
        if (!p->publishes || (frame[0] & 15) != 1) continue;
        ready += head + size;
        if (!joining) {
            pass_on(out, ready);
            ready = 0;
        }
    }
    if (ready) pass_on(out, ready);
    p->length -= start;
    memmove(p->bytes, p->bytes + start, p->length);
}

static void read_from(peer *p) {
    ssize_t got = recv(p->fd, p->bytes + p->length, (p->publishes ? ROOM : 1024) - p->length, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        drop(p);
        return;
    }
    p->length += got;
    if (!p->open) {
        handshake(p);
        if (p->publishes) p->bytes = realloc(p->bytes, ROOM);
    }
    if (p->open) frames(p);
}

static void take_in(int listening) {
    int fd, one = 1;
    while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        peer *p = calloc(1, sizeof *p);
        p->fd = fd;
        p->bytes = malloc(1024);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int count, char **words) {
    if (count != 3) {
        fprintf(stderr, "limit PORT join|each\n");
        return 2;
    }
    joining = !strcmp(words[2], "join");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (void *)&address, sizeof address) || listen(listening, 4096)) {
        perror("limit");
        return 1;
    }
    poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(poller, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int ready = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr) read_from(events[i].data.ptr);
            else take_in(listening);
        }
    }
}
