"""One process, measured from outside: what it prints, how long it takes, the most memory it holds."""

import os
import subprocess
import sys
import tempfile
import time


def run(command):
    """Standard output, wall seconds and peak megabytes; standard error is shown if the process fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        printed = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        if status != 0:
            said.seek(0)
            sys.exit(f"failed: {' '.join(command)}\n{said.read().decode(errors='replace')}")
    return printed, seconds, usage.ru_maxrss / 1024
