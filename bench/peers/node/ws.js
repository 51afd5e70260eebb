// The usual broadcast of the ws package: who opens /pub publishes, everybody else listens.
const http = require("node:http");
const { WebSocket, WebSocketServer } = require("ws");

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: process.env.DEFLATE === "1" });
const listeners = new Set();

sockets.on("connection", (socket, request) => {
  socket.on("error", () => {});
  if (request.url === "/pub") {
    socket.on("message", (message) => {
      for (const listener of listeners) {
        if (listener.readyState === WebSocket.OPEN) listener.send(message, { binary: false });
      }
    });
    return;
  }
  listeners.add(socket);
  socket.on("close", () => listeners.delete(socket));
});

server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
