"""`python -m tools.embedded.provider PORT` with ANTAR_MACHINE_SECRET: serves on the loopback address until SIGTERM."""

import logging
import os
import signal
import sys
import threading

from werkzeug.serving import make_server

from tools.embedded.ports import HOST


def main() -> None:
    """Serve."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # on this machine alone
    from tools.embedded.provider.app import build  # noqa: PLC0415 - reads that variable

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its lines hold codes
    server = make_server(HOST, int(sys.argv[1]), build(os.environ["ANTAR_MACHINE_SECRET"]), threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Sign-in for development on http://{HOST}:{sys.argv[1]}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
