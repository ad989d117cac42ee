"""The real client against a server on this machine that answers as AmCAT 4 does (``apidoc.md`` of ccs-amsterdam/amcat4)."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stance.corpus.archives.amcat import KEY, AmcatIndex, read_amcat
from stance.corpus.archives.records import Problem
from stance.errors import InputError

pytest.importorskip("amcat4py")

DOCUMENTS = [
    {"_id": f"x{number}", "date": "2022-12-17T00:00:00", "title": f"Kop {number}", "text": f"De sluis is dicht, melding {number}.", "publisher": "Het Kanaal"}
    for number in range(5)
] + [{"_id": "leeg", "title": "Foto", "text": None}, {"_id": "auteurs", "text": "Samen geschreven.", "author": ["Roos", "Daan"], "date": "ooit"}]  # fmt: skip


class Amcat(BaseHTTPRequestHandler):
    """Gives three documents a page until none are left, to who has the key."""

    def log_message(self, *_):
        pass

    def answer(self, status, content):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200, {"authorization": "authorized_users_only", "api_version": "4.2.0", "resource": "x"})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-API-Key") != "sleutel":
            return self.answer(401, {"detail": "no valid key"})
        if self.path != "/amcat/index/nieuws/query":
            return self.answer(403, {"detail": "no such index"})
        found = [document for document in DOCUMENTS if asked.get("queries", "") in json.dumps(document)]
        start = int(asked.get("scroll_id", 0))
        if start >= len(found):
            return self.answer(404, {})
        return self.answer(200, {"results": found[start : start + 3], "meta": {"scroll_id": str(start + 3)}})


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv(KEY, "sleutel")
    with ThreadingHTTPServer(("127.0.0.1", 0), Amcat) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/amcat"
        running.shutdown()


def test_all_documents_of_an_index_are_read(server):
    items = list(read_amcat(AmcatIndex(server, "nieuws")))
    articles = [item for item in items if not isinstance(item, Problem)]
    assert [article.archive_id for article in articles] == ["x0", "x1", "x2", "x3", "x4", "auteurs"]
    assert (articles[0].date, articles[0].outlet, articles[0].title) == ("2022-12-17", "Het Kanaal", "Kop 0")
    assert articles[0].source_file == f"{server}/nieuws"
    assert articles[-1].byline == "Roos, Daan"
    assert [(item.article, item.kept) for item in items if isinstance(item, Problem)] == [
        ("document leeg (Foto)", False),
        ("document auteurs", True),
    ]


def test_a_query_limits_what_is_read(server):
    assert [item.archive_id for item in read_amcat(AmcatIndex(server, "nieuws", "melding 3"))] == ["x3"]


def test_fields_that_are_to_be_kept_come_along(server):
    articles = [item for item in read_amcat(AmcatIndex(server, "nieuws"), keep=["author", "thema"]) if not isinstance(item, Problem)]
    assert [article.kept for article in articles] == [*[{}] * 5, {"author": "Roos, Daan"}]


def test_a_server_that_refuses_is_told_in_one_sentence(server, monkeypatch):
    with pytest.raises(InputError, match=r"weg: the AmCAT server does not give its documents \(Error from server \(403\)"):
        list(read_amcat(AmcatIndex(server, "weg")))
    monkeypatch.delenv(KEY)
    with pytest.raises(InputError, match=f"set {KEY}"):
        list(read_amcat(AmcatIndex(server, "nieuws")))
    with pytest.raises(InputError, match="does not give its documents"):
        list(read_amcat(AmcatIndex("http://127.0.0.1:1/amcat", "nieuws")))


@pytest.mark.parametrize(
    ("address", "index", "message"), [("amcat.example", "x", "is no address"), ("https://amcat.example", "", "No index")]
)
def test_what_cannot_be_asked_for_is_refused(address, index, message):
    with pytest.raises(InputError, match=message):
        AmcatIndex(address, index)
