"""Types a command into shells on terminals, in turn, and takes the time until the next prompt. Bench only.

The order of the shells is another one in each round: the one that comes first, or after a slow one, finds the caches cold.

Input (JSON on stdin): {"rounds", "warmUp", "shells": [{"name", "argv", "env", "cwd", "type", "prompt", "isCounted", "every"}]}.
Output: {"name": [microseconds, ...]}. A prompt that is counted ends in its number, for shells that draw it many times.
"""
import json
import os
import pty
import random
import signal
import sys
import time

WAIT_S = 60


class Shell:
    def __init__(self, spec):
        self.name = spec["name"]
        self.line = spec["type"].encode()
        self.prompt = spec["prompt"]
        self.is_counted = spec["isCounted"]
        self.every = spec["every"]
        self.count = 0
        self.buffer = b""
        self.times = []
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(spec["cwd"])
            os.execvpe(spec["argv"][0], spec["argv"], spec["env"])

    def wait(self):
        self.count += 1
        wanted = (self.prompt + (str(self.count) + "> " if self.is_counted else "")).encode()
        signal.alarm(WAIT_S)
        while wanted not in self.buffer:
            self.buffer += os.read(self.fd, 65536)
        self.buffer = b""

    def run(self):
        began = time.perf_counter_ns()
        os.write(self.fd, self.line)
        self.wait()
        return (time.perf_counter_ns() - began) / 1000


def main():
    order = json.load(sys.stdin)
    shells = [Shell(spec) for spec in order["shells"]]
    for shell in shells:
        shell.wait()
    for turn in range(order["warmUp"]):
        for shell in shells:
            if turn % shell.every == 0:
                shell.run()
    orders = random.Random(1)
    for turn in range(order["rounds"]):
        for shell in orders.sample(shells, len(shells)):
            if turn % shell.every == 0:
                shell.times.append(shell.run())
    signal.alarm(0)
    json.dump({shell.name: shell.times for shell in shells}, sys.stdout)
    for shell in shells:
        os.kill(shell.pid, signal.SIGHUP)
        os.close(shell.fd)


main()
