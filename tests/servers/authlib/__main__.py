"""Runs one server: options and commands are lines of JSON on the input, answers on the output."""

import json
import logging
import os
import signal
import socket
import sys
import threading

from waitress import create_server

from app import create_app
from store import Client, Store, User


def say(value):
    print(json.dumps(value), flush=True)


def obey(store, requests):
    """Answers commands for as long as the starter lives."""
    for line in sys.stdin:
        command = json.loads(line)
        if command == "requests":
            say(list(requests))
        elif command == "expire":
            store.expire_access_tokens()
            say(None)
        else:
            raise ValueError(command)


def main():
    options = json.loads(sys.stdin.readline())
    users = [User(login, password) for login, password in options["users"].items()]
    clients = [
        Client(
            id=client["clientId"],
            secret=client.get("clientSecret"),
            authentication=client["authentication"],
            redirect_uris=options["redirectUris"],
        )
        for client in options["clients"]
    ]
    store = Store(users, clients)
    requests = []

    listener = socket.create_server(("127.0.0.1", options["port"]))
    port = listener.getsockname()[1]
    issuer = f"http://{options['host']}:{port}"
    app = create_app(store, issuer, port, options["accessTokenLifetime"], requests)
    # It complains of every request that waits, and here many do on purpose.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # With one thread no two requests are ever under way at once, so the store needs no locks.
    server = create_server(app, sockets=[listener], threads=1)

    threading.Thread(target=server.run, daemon=True).start()
    say({"issuer": issuer, "port": port})
    obey(store, requests)
    # At once, whatever is still being answered.
    os._exit(0)


# An interrupt is for the starter, with whom this ends.
signal.signal(signal.SIGINT, signal.SIG_IGN)
main()
