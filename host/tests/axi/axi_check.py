"""The AXI wrapper under the models of cocotbext-axi: a recorded session of the byte link, registers, resets.

facts.json holds the register table and requests, accelerator_requests.hex and accelerator_answers.hex the session that the
device model recorded: the answers must be those bytes. All channels pause at random.
"""

import json
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource
from rules import Rules

with open("facts.json") as file:
    FACTS = json.load(file)
with open("accelerator_requests.hex") as file:
    REQUESTS = [int(line, 16) for line in file]
with open("accelerator_answers.hex") as file:
    ANSWERS = bytes(int(line, 16) for line in file)
ADDRESS = {register["name"]: register["address"] for register in FACTS["registers"]}
DONE, FAULT = 1, 2
FRAME_BYTES = 10


def pauses(share):
    while True:
        yield random.random() < share


class Bench:
    """The design, a model at each of its interfaces, and the rules."""

    def __init__(self, dut):
        self.dut = dut
        cocotb.start_soon(Clock(dut.aclk, 10, "ns").start())
        reset = {"reset": dut.aresetn, "reset_active_level": False}
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk, **reset)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk, **reset)
        self.lite = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.aclk, **reset)
        self.rules = Rules(dut)
        cocotb.start_soon(self.rules.watch())
        self.packets = 0

    def pause(self, share):
        write, read = self.lite.write_if, self.lite.read_if
        for model in (
            self.source,
            self.sink,
            write.aw_channel,
            write.w_channel,
            write.b_channel,
            read.ar_channel,
            read.r_channel,
        ):
            model.set_pause_generator(pauses(share) if share else None)
            model.pause = False

    async def reset(self, cycles=4):
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, cycles)
        self.source.clear()
        self.sink.clear()
        self.packets = 0
        self.dut.aresetn.value = 1
        await ClockCycles(self.dut.aclk, 4)

    async def read(self, name):
        return int.from_bytes((await self.answer(ADDRESS[name])).data, "little")

    async def answer(self, address):
        return await with_timeout(self.lite.read(address, 4), 100, "us")

    async def write(self, name, value, expected=AxiResp.OKAY):
        data = value.to_bytes(4, "little")
        answer = await with_timeout(self.lite.write(ADDRESS[name], data), 100, "us")
        assert answer.resp == expected, (name, answer)

    async def ready(self):
        """Waits for the end of a reset of the accelerator."""
        for _ in range(1000):
            if await self.read("status") & 8 == 0:
                return
        raise AssertionError("the reset does not end")

    async def send(self, data, holes=True):
        """Cuts bytes into packets at random, with bytes between them that do not count."""
        while data:
            size = random.randint(1, 200)
            piece, data = data[:size], data[size:]
            out, keep = bytearray(), []
            for byte in piece:
                while holes and random.random() < 0.15:
                    out.append(random.randrange(256))
                    keep.append(0)
                out.append(byte)
                keep.append(1)
            self.packets += 1
            await self.source.send(AxiStreamFrame(out, tkeep=keep))

    async def session(self, holes=True):
        """The recorded session; returns the packets that came back."""
        await self.write("irq_enable", DONE)
        part = []
        for word in REQUESTS:
            if word & 256:
                await self.send(bytes(part), holes)
                part = []
                while not self.dut.irq.value:
                    await with_timeout(RisingEdge(self.dut.irq), 400, "us")
                assert await self.read("events") == DONE
                assert await self.read("status") == 2
                await self.write("events", DONE)
                assert not self.dut.irq.value and await self.read("events") == 0
            part.append(word & 255)
        await self.send(bytes(part), holes)
        frames, count = [], 0
        while count < len(ANSWERS):
            frame = await with_timeout(self.sink.recv(), 400, "us")
            frames.append(bytes(frame.tdata))
            count += len(frames[-1])
        return frames

    def equal(self, frames):
        assert b"".join(frames) == ANSWERS, "the answers are not those of the byte link"
        for frame in frames:
            assert len(frame) == FRAME_BYTES + frame[3] + 256 * frame[4], "a packet is not one frame"

    async def checked_session(self, holes=True):
        self.equal(await self.session(holes))
        counts = [await self.read(name) for name in ("rx_bytes", "tx_bytes", "rx_packets")]
        assert counts == [len(REQUESTS), len(ANSWERS), self.packets], counts


@cocotb.test()
async def registers(dut):
    bench = Bench(dut)
    bench.pause(0.4)
    await bench.reset()
    assert await bench.read("status") & 8, "the accelerator is not held in reset"
    await bench.ready()
    for register in FACTS["registers"]:
        found = await bench.answer(register["address"])
        assert found.resp == AxiResp.OKAY
        assert int.from_bytes(found.data, "little") == register["reset"], register
    # Address and data of a write in either order, one long before the other.
    for late in (bench.lite.write_if.w_channel, bench.lite.write_if.aw_channel):
        late.set_pause_generator(None)
        late.pause = True
        written = bench.lite.init_write(ADDRESS["scratch"], bytes(4))
        await ClockCycles(dut.aclk, 40)
        assert not written.is_set()
        late.set_pause_generator(pauses(0.4))
        await with_timeout(written.wait(), 100, "us")
    scratch = bytearray(4)
    for _ in range(100):
        begin = random.randrange(4)
        part = random.randbytes(random.randint(1, 4 - begin))
        scratch[begin : begin + len(part)] = part
        assert (await bench.lite.write(ADDRESS["scratch"] + begin, part)).resp == AxiResp.OKAY
        assert bytes((await bench.answer(ADDRESS["scratch"])).data) == scratch
    for value in (3, 0, 1, 2):
        await bench.write("irq_enable", value)
        assert await bench.read("irq_enable") == value
    for register in FACTS["registers"]:
        if register["access"] == "read":
            await bench.write(register["name"], 0xFFFF_FFFF, AxiResp.SLVERR)
            assert await bench.read(register["name"]) == register["reset"]
    for _ in range(30):
        address = 4 * random.randrange(len(ADDRESS), 1024)
        assert (await bench.answer(address)).resp == AxiResp.SLVERR
        assert (await bench.lite.write(address, b"\xff\xff\xff\xff")).resp == AxiResp.SLVERR
    assert bytes((await bench.answer(ADDRESS["scratch"])).data) == scratch
    # Many at once: answers come in order.
    reads = [bench.lite.init_read(4 * n, 4) for n in range(4)]
    for event, register in zip(reads, FACTS["registers"]):
        await with_timeout(event.wait(), 100, "us")
        assert int.from_bytes(event.data.data, "little") == register["reset"]
    assert bench.rules.stalls["b"] > 20 and bench.rules.stalls["r"] > 20, bench.rules.stalls


@cocotb.test()
async def session(dut):
    bench = Bench(dut)
    bench.pause(0.4)
    await bench.reset()
    frames = await bench.session()
    bench.equal(frames)
    assert await bench.read("tx_packets") == len(frames)
    # Again, without pauses: what is left over from the first one must not matter.
    bench.pause(0)
    await bench.write("control", 1)
    await bench.ready()
    bench.packets = 0
    begin = bench.rules.cycle
    await bench.checked_session(holes=False)
    print(f"MEASURED {len(REQUESTS)} bytes in, {len(ANSWERS)} bytes out, {bench.rules.cycle - begin} cycles")
    assert bench.rules.stalls["m_axis"] > 20, bench.rules.stalls


@cocotb.test()
async def soft_reset(dut):
    """In the middle of an answer that nobody takes, and in the middle of a request."""
    bench = Bench(dut)
    await bench.reset()
    await bench.ready()
    request = bytes.fromhex(FACTS["read"])
    for words in (0, 1, 2, 5):
        bench.pause(0)
        await bench.send(request, holes=False)
        while not dut.m_axis_tvalid.value:
            await RisingEdge(dut.aclk)
        # The answer to the first frame, and some words of the second.
        await bench.sink.recv()
        while not dut.m_axis_tvalid.value:
            await RisingEdge(dut.aclk)
        await ClockCycles(dut.aclk, 4 * words)
        bench.sink.pause = True
        await ClockCycles(dut.aclk, 40)
        await bench.write("control", 1)
        assert await bench.read("control") == 1
        await bench.send(b"\xa5\x02\x07", holes=False)
        await bench.ready()
        assert await bench.read("control") == 0
        await ClockCycles(dut.aclk, 300)
        bench.sink.pause = False
        cut = await with_timeout(bench.sink.recv(), 100, "us")
        assert cut.tdata[-1] == 0 and 2 <= len(cut.tdata) < FRAME_BYTES + 56, cut
    # Half of a request, then a reset: the rest of the line is understood.
    await bench.send(request[:-7], holes=False)
    await ClockCycles(dut.aclk, 1000)
    assert bench.source.idle()
    await bench.write("control", 1)
    await bench.ready()
    bench.sink.clear()
    bench.packets = 0
    await bench.checked_session()


@cocotb.test()
async def reset_in_mid_transfer(dut):
    bench = Bench(dut)
    bench.pause(0.4)
    await bench.reset()
    for _ in range(8):
        running = cocotb.start_soon(bench.session())
        for _ in range(3):
            bench.lite.init_write(ADDRESS["scratch"], b"\x01\x02\x03\x04")
            bench.lite.init_read(ADDRESS["hash_low"], 4)
        await ClockCycles(dut.aclk, random.randint(1, 3000))
        running.cancel()
        await bench.reset(random.randint(1, 5))
    assert await bench.read("scratch") == 0 and await bench.read("irq_enable") == 0
    await bench.ready()
    await bench.checked_session()


@cocotb.test()
async def fault(dut):
    """Two run commands: the second one, while the program runs, is a fault."""
    bench = Bench(dut)
    await bench.reset()
    await bench.checked_session()
    await bench.write("irq_enable", FAULT)
    await bench.send(bytes.fromhex(FACTS["run_twice"]))
    await with_timeout(RisingEdge(dut.irq), 100, "us")
    assert await bench.read("status") & 4
    while not await bench.read("events") & DONE:
        pass
    assert await bench.read("events") == DONE | FAULT and dut.irq.value
    await bench.write("events", DONE)
    assert await bench.read("events") == FAULT and dut.irq.value, "cleared what was not named"
    await bench.write("events", FAULT)
    assert await bench.read("events") == 0 and not dut.irq.value
    # The machine keeps its own note of the fault until the next run.
    assert await bench.read("status") & 4
