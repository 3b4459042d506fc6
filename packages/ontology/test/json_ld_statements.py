# Fills in the statements of goldens/json-ld.json with rdflib: python json_ld_statements.py
import json
from pathlib import Path

import rdflib

path = Path(__file__).parent / "goldens/json-ld.json"


def written(term):
    if isinstance(term, rdflib.Literal):
        return f'"{term}"@{(term.language or "").lower()}'
    return "_:" if isinstance(term, rdflib.BNode) else str(term)


cases = json.loads(path.read_text())
for case in cases:
    graph = rdflib.Graph().parse(data=json.dumps(case["document"]), format="json-ld")
    case["statements"] = sorted(" ".join(map(written, triple)) for triple in graph)
path.write_text(json.dumps(cases, indent=2) + "\n")
