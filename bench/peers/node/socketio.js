// The usual room of Socket.IO, over websockets alone; RECOVERY=1 turns its connection state recovery on.
const http = require("node:http");
const { Server } = require("socket.io");

const server = http.createServer();
const io = new Server(server, {
  transports: ["websocket"],
  perMessageDeflate: false,
  ...(process.env.RECOVERY === "1" ? { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } } : {}),
});

io.on("connection", (socket) => {
  if (socket.handshake.query.role === "publisher") {
    socket.on("pub", (message) => io.to("jackpot").emit("msg", message));
    return;
  }
  socket.join("jackpot");
});

server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
