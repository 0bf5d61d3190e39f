"""A balancer for drills: passes connections on to whichever of several servers accepts them."""

from __future__ import annotations

import itertools
import socket
import socketserver
import threading


class Relay:
    """Listens on a free port of ``address`` until :meth:`stop`; takes the servers (host, port) by
    turns."""

    def __init__(self, servers: list[tuple[str, int]], address: str = "127.0.0.1") -> None:
        turns = itertools.count()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                first = next(turns)
                for number in range(len(servers)):
                    server = servers[(first + number) % len(servers)]
                    try:
                        there = socket.create_connection(server, timeout=2)
                    except OSError:
                        continue
                    there.settimeout(None)
                    with there:
                        back = threading.Thread(target=_pump, args=(there, self.request))
                        back.start()
                        _pump(self.request, there)
                        back.join()
                    return

        self._server = _Server((address, 0), Handler)
        self.url = f"http://{address}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Copy until the source ends, then tell the target so."""
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
