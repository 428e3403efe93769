#!/usr/bin/env python3
"""usage: validate.py SCHEMA FILE...    Exits with 77 when the validator is not installed, with 1 at what is not valid."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: scripts/setup")
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
bad = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            for error in list(validator.iter_errors(json.loads(line)))[:3]:
                print(f"{path} line {number}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
                bad += 1
sys.exit(1 if bad else 0)
