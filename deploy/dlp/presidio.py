"""The REST of Presidio's analyzer (POST /analyze, GET /health) over the package's own engine, on a port of its own.

The package has the engine and no server: Presidio's server is part of its container image. The pipeline is a blank one,
so pattern recognisers work and named entities (PERSON, LOCATION) are not found: their models are in no registry.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# Its list of public suffixes comes with the package; nothing is fetched.
_extract = tldextract.TLDExtract(suffix_list_urls=())
tldextract.extract = _extract
tldextract.tldextract.TLD_EXTRACTOR = _extract


class BlankEngine(SpacyNlpEngine):
    def load(self):
        self.nlp = {"en": spacy.blank("en")}


nlp = BlankEngine(models=[{"lang_code": "en", "model_name": "blank"}])
nlp.load()
analyzer = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"ok": True})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            found = analyzer.analyze(
                text=asked["text"],
                language=asked["language"],
                entities=asked.get("entities"),
                score_threshold=asked.get("score_threshold"),
            )
        except Exception as error:  # as Presidio's own server does
            self.answer(500, {"error": str(error)})
            return
        self.answer(200, [each.to_dict() for each in found])

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_address[1]}), flush=True)
sys.stdout.flush()
server.serve_forever()
