#!/usr/bin/env python3
"""A packet wire between two network namespaces, over TUN devices.

usage: wire.py NAMESPACE_A ADDRESS_A NAMESPACE_B ADDRESS_B [DEVICE]

The device is what the wire's ends are called in both namespaces, wan0 unless given.

The kernel's own netem is not there on every machine. Packets are delayed and lost here, in order, as a real line
would. Orders come on standard input, a line each; every order is answered by one line of JSON:

  delay MS [JITTER_MS]   one way, from now on
  loss SHARE             0 ... 1
  cut | heal             nothing passes / everything passes again
  stats                  packets, bytes and losses by direction since the start
"""
import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000
# What a line holds in flight: at 80 ms and 100 Mbit/s a megabyte.
MAX_QUEUED = 20_000

libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace_file):
    if libc.setns(namespace_file, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns failed: is this process root?")


def open_tun(namespace, address, peer, device):
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/var/run/netns/" + namespace, os.O_RDONLY)
    enter(there)
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14s", device.encode(), IFF_TUN_NO_PI, b""))
        for command in (
            ["ip", "addr", "add", address, "peer", peer, "dev", device],
            ["ip", "link", "set", device, "up", "txqueuelen", "2000"],
        ):
            subprocess.run(command, check=True)
    finally:
        enter(here)
        os.close(here)
        os.close(there)
    return tun


class Wire:
    def __init__(self, a, b):
        self.other = {a: b, b: a}
        self.name = {a: "aToB", b: "bToA"}
        self.last_due = {a: 0.0, b: 0.0}
        self.stats = {n: {"packets": 0, "bytes": 0, "lost": 0} for n in self.name.values()}
        self.delay = self.jitter = self.loss = 0.0
        self.is_cut = False
        self.queue = []
        self.number = 0

    def take(self, tun, packet):
        stats = self.stats[self.name[tun]]
        stats["packets"] += 1
        stats["bytes"] += len(packet)
        if self.is_cut or random.random() < self.loss or len(self.queue) >= MAX_QUEUED:
            stats["lost"] += 1
            return
        due = time.monotonic() + max(0.0, self.delay + random.uniform(-self.jitter, self.jitter))
        # A line does not let packets overtake each other.
        due = self.last_due[tun] = max(self.last_due[tun], due)
        self.number += 1
        heapq.heappush(self.queue, (due, self.number, self.other[tun], packet))

    def deliver(self):
        now = time.monotonic()
        while self.queue and self.queue[0][0] <= now:
            _, _, tun, packet = heapq.heappop(self.queue)
            try:
                os.write(tun, packet)
            except OSError:
                pass

    def wait(self):
        return max(0.0, self.queue[0][0] - time.monotonic()) if self.queue else None

    def order(self, words):
        name, *values = words
        if name == "delay":
            self.delay = float(values[0]) / 1000
            self.jitter = float(values[1]) / 1000 if len(values) > 1 else 0.0
        elif name == "loss":
            self.loss = float(values[0])
        elif name in ("cut", "heal"):
            self.is_cut = name == "cut"
            if self.is_cut:
                self.queue.clear()
        elif name != "stats":
            return {"error": f"no such order: {name}"}
        return self.stats if name == "stats" else {"ok": True}


def main():
    a_name, a_address, b_name, b_address = sys.argv[1:5]
    device = sys.argv[5] if len(sys.argv) > 5 else "wan0"
    a = open_tun(a_name, a_address, b_address, device)
    b = open_tun(b_name, b_address, a_address, device)
    wire = Wire(a, b)
    selector = selectors.DefaultSelector()
    for tun in (a, b):
        selector.register(tun, selectors.EVENT_READ)
    os.set_blocking(0, False)
    selector.register(0, selectors.EVENT_READ)
    print(json.dumps({"up": True}), flush=True)
    rest = b""
    while True:
        for key, _ in selector.select(wire.wait()):
            if key.fd == 0:
                text = os.read(0, 65536)
                if not text:
                    return
                *lines, rest = (rest + text).split(b"\n")
                for line in lines:
                    print(json.dumps(wire.order(line.decode().split())), flush=True)
                continue
            try:
                while True:
                    wire.take(key.fd, os.read(key.fd, 65535))
            except BlockingIOError:
                pass
        wire.deliver()


main()
