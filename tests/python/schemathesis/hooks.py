"""What schemathesis cannot know of the games API.

Random keys lead nowhere: most requests would end with 404, and most references with 400. So there is a class to begin with, a new
one from time to time, and the keys of rows that were created take the place of generated ones in most requests. The user who tests
must neither lock out nor delete themselves.
"""

import os
import random

import requests
import schemathesis

API = os.environ["GAMES_API"]
EMAIL, PASSWORD = os.environ["GAMES_API_USER"], os.environ["GAMES_API_PASSWORD"]
# Who tests: the first user of a new database.
SELF = 1

# The members and parameters of a request that name a row, and what kind of row.
REFERENCES = {
    "game": "games",
    "phase": "phases",
    "role": "roles",
    "run": "runs",
    "world": "worlds",
    "runuser": "runusers",
    "scenario": "scenarios",
    "period": "periods",
    "user": "users",
    "decision": "decisions",
    "result": "results",
}
# How often a remembered key takes the place of a generated one.
OFTEN = 0.8
# Keys remembered of each kind: most of the older rows have been deleted again.
KEPT = 20
# After how many requests there is a new class.
EVERY = 500

chance = random.Random(7)
known = {}
calls = 0


def remember(kind, key):
    if key:
        known.setdefault(kind, []).append(key)
        del known[kind][:-KEPT]


def pick(kind):
    keys = known.get(kind)
    return chance.choice(keys) if keys and chance.random() < OFTEN else None


def post(path, body):
    answer = requests.post(API + path, json=body, auth=(EMAIL, PASSWORD), timeout=10)
    answer.raise_for_status()
    return answer.json()


def seat_a_class(number):
    """One row of each kind, the later ones below the earlier ones."""
    keys = {}
    rows = [
        ("user", {"email": f"player{number}@example.edu", "password": "p"}),
        ("game", {"name": f"Game {number}", "slug": f"game-{number}"}),
        ("phase", {"name": "Play", "order": 1}),
        ("role", {"name": "Dividend"}),
        ("run", {"name": "default"}),
        ("world", {"name": "World 1"}),
        ("runuser", {}),
        ("scenario", {"name": "Scenario 1"}),
        ("period", {"order": 1}),
        ("decision", {"name": "decision", "data": {"operand": 12}}),
        ("result", {"name": "result"}),
    ]
    for name, row in rows:
        keys[name] = post(f"/apis/{REFERENCES[name]}/", {**keys, **row})["id"]
        remember(REFERENCES[name], keys[name])
    remember("slugs", f"game-{number}")


def settle(row):
    """References of a row that is sent lead to rows that are there."""
    if not isinstance(row, dict):
        return
    for name, kind in REFERENCES.items():
        if isinstance(row.get(name), int) and (key := pick(kind)) is not None:
            row[name] = key


def settle_operation(operation):
    """As `settle`, for one operation of a batch."""
    if not isinstance(operation, dict):
        return
    settle(operation.get("row"))
    resource = operation.get("resource")
    kind = REFERENCES.get(resource) if isinstance(resource, str) else None
    if "pk" in operation and (key := pick(kind)) is not None:
        operation["pk"] = key


def collection_of(case):
    path = case.operation.path.removeprefix("/apis/").removeprefix("bulk/")
    return path.split("/")[0]


@schemathesis.auth(refresh_interval=None)
class Token:
    """One token for everything, and one of its own for each logout, which ends it."""

    lasting = None

    def log_in(self):
        return post("/rest-auth/login/", {"username": EMAIL, "password": PASSWORD})["key"]

    def get(self, case, context):
        if case.operation.path == "/rest-auth/logout/":
            return self.log_in()
        Token.lasting = Token.lasting or self.log_in()
        return Token.lasting

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Token {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    global calls
    if calls % EVERY == 0:
        seat_a_class(calls // EVERY)
    calls += 1
    collection = collection_of(case)
    path = case.path_parameters or {}
    for name, kind in (("id", collection), ("slug", "slugs")):
        if name in path and (key := pick(kind)) is not None:
            path[name] = key
    if collection == "users" and str(path.get("id")) == str(SELF):
        path["id"] = SELF + 1
    query = case.query or {}
    for name in list(query):
        kind = REFERENCES.get(name.rsplit("__", 1)[-1])
        if kind and (key := pick(kind)) is not None:
            query[name] = key
    body = case.body
    for row in body if isinstance(body, list) else [body]:
        settle(row)
        groups = row.get("groups") if isinstance(row, dict) else None
        for group in groups if isinstance(groups, list) else []:
            operations = group.get("operations") if isinstance(group, dict) else None
            for operation in operations if isinstance(operations, list) else []:
                settle_operation(operation)


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code != 201:
        return
    rows = response.json()
    collection = collection_of(case)
    for row in rows if isinstance(rows, list) else [rows]:
        remember(collection, row.get("id"))
        if collection == "games":
            remember("slugs", row["slug"])
