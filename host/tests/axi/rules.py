"""What AXI demands of every channel of which the design is the sender, looked at in every cycle.

The models of cocotbext-axi speak the protocol, but do not complain when the other side breaks it. These rules are those of
the standard (IHI 0022 and IHI 0051): a transfer that is offered stays until it is taken, nothing is offered in reset, and no
answer comes before its request is complete.
"""

from cocotb.triggers import RisingEdge

# Channel, prefix of its ports, its valid, its ready, what must not change while it waits.
CHANNELS = [
    ("m_axis", "m_axis_t", ["data", "keep", "last"]),
    ("b", "s_axi_b", ["resp"]),
    ("r", "s_axi_r", ["data", "resp"]),
]
READY = ["s_axis_tready", "s_axi_awready", "s_axi_wready", "s_axi_arready"]


class Rules:
    def __init__(self, dut):
        self.dut = dut
        self.cycle = 0
        self.stalls = {name: 0 for name, _, _ in CHANNELS}
        self.forget()

    def forget(self):
        """Reset: nothing is under way."""
        self.waiting = {}
        self.taken = dict.fromkeys(["aw", "w", "b", "ar", "r"], 0)

    def wrong(self, text):
        """Ends the test: this runs beside it."""
        raise AssertionError(f"protocol, cycle {self.cycle}: {text}")

    def bit(self, name):
        value = getattr(self.dut, name).value
        if not value.is_resolvable:
            self.wrong(f"{name} is {value}")
            return 0
        return int(value)

    async def watch(self):
        while True:
            await RisingEdge(self.dut.aclk)
            self.cycle += 1
            if self.bit("aresetn"):
                self.step()
            else:
                for _, prefix, _ in CHANNELS:
                    if self.bit(prefix + "valid"):
                        self.wrong(f"{prefix}valid is high in reset")
                self.forget()

    def step(self):
        for name in READY:
            self.bit(name)
        for name, prefix, payload in CHANNELS:
            valid, ready = self.bit(prefix + "valid"), self.bit(prefix + "ready")
            values = [str(getattr(self.dut, prefix + part).value) for part in payload]
            before = self.waiting.pop(name, None)
            if before is not None and not valid:
                self.wrong(f"{prefix}valid fell before {prefix}ready")
            if before is not None and valid and before != values:
                self.wrong(f"{name} changed from {before} to {values} while it waited")
            if valid and not ready:
                self.waiting[name] = values
                self.stalls[name] += 1
            if valid and name == "m_axis":
                self.words()
        if self.bit("s_axi_bvalid") and self.taken["b"] >= min(self.taken["aw"], self.taken["w"]):
            self.wrong("s_axi_bvalid without a complete write")
        if self.bit("s_axi_rvalid") and self.taken["r"] >= self.taken["ar"]:
            self.wrong("s_axi_rvalid without a read")
        for name in self.taken:
            if self.bit(f"s_axi_{name}valid") and self.bit(f"s_axi_{name}ready"):
                self.taken[name] += 1

    def words(self):
        """Bytes of a packet have no holes: all four of a word, but for the last one."""
        keep, last = self.bit("m_axis_tkeep"), self.bit("m_axis_tlast")
        if keep not in ((1, 3, 7, 15) if last else (15,)):
            self.wrong(f"m_axis_tkeep {keep:04b}, tlast {last}")
