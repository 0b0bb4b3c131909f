"""Compiles Verilog with Icarus and runs a module of cocotb tests on it: run.py TOP MODULE SEED FILTER SOURCES...

One line for each test, PASS or FAIL, so that the caller needs no XML.
"""

import logging
import sys
import xml.etree.ElementTree as xml

from cocotb_tools.runner import get_runner

top, module, seed, only, *sources = sys.argv[1:]
logging.disable(logging.WARNING)
runner = get_runner("icarus")
runner.build(sources=sources, hdl_toplevel=top, build_dir="build", build_args=["-g2012"], timescale=("1ns", "1ps"))
results = runner.test(
    hdl_toplevel=top,
    test_module=module,
    test_filter=only or None,
    build_dir="build",
    test_dir=".",
    results_xml="results.xml",
    seed=seed,
)
for case in xml.parse(results).iter("testcase"):
    if case.find("skipped") is not None:
        continue
    failed = case.find("failure") is not None or case.find("error") is not None
    print("FAIL" if failed else "PASS", case.get("name"), flush=True)
