//! Both ends of the byte link: a device that hears anything, a host that hears anything.

use systole::link::{Board, Decoder, DeviceModel, Link, Settings, Transport, TransportError};
use systole_arch::Arch;
use systole_arch::frame::{START, Type, encode};
use systole_arch::map::Space;

use crate::program::GOOD;
use crate::source::Source;

const SLOTS: u64 = 1 << 10;

fn arch() -> Arch {
    Arch::preset("2x2").expect("a preset")
}

/// Frames and garbage for the device model, then questions that it must still answer.
pub fn device(source: &mut Source<'_>) {
    let mut device = DeviceModel::with_slot_limit(&arch(), SLOTS);
    let mut sequence = 0u8;
    while !source.is_empty() {
        send_something(&mut device, source, &mut sequence);
        let answers = device.receive(1 << 20).expect("a model never breaks");
        let mut decoder = Decoder::new();
        decoder.push(&answers);
        while decoder.next_frame().is_some() {}
        assert_eq!(
            decoder.pending(),
            0,
            "the device sent something that is no frame"
        );
    }
    // Enough silence for any half-received frame, then one clear question.
    device.send(&[0; 2048]).expect("a model never breaks");
    device.receive(1 << 20).expect("a model never breaks");
    device
        .send(&encode(Type::Sync, 77, &[]))
        .expect("a model never breaks");
    let answer = device.receive(1 << 20).expect("a model never breaks");
    assert_eq!(answer, encode(Type::Done, 77, &[]), "the device is lost");
}

fn send_something(device: &mut DeviceModel, source: &mut Source<'_>, sequence: &mut u8) {
    let bytes = match source.up_to(4) {
        0 => {
            let count = source.up_to(40);
            source.take(count).to_vec()
        }
        1 => [&[START], source.take(5)].concat(),
        kind => {
            let kind = if kind == 2 { Type::Read } else { Type::Write };
            *sequence = sequence.wrapping_add(u8::from(source.up_to(15) != 0));
            let space = *source.pick(&Space::ALL) as u32;
            let address = space << 24 | source.word() >> source.up_to(31) & 0x00ff_ffff;
            let count = source.up_to(60);
            let payload = [&address.to_le_bytes(), source.take(count)].concat();
            encode(kind, *sequence, &payload)
        }
    };
    device.send(&bytes).expect("a model never breaks");
    let _ = device.pass(u64::from(source.byte()));
}

/// A line that answers with the fuzzer's bytes: raw, or as frames with good checksums.
struct Babble {
    bytes: Vec<u8>,
    at: usize,
}

impl Transport for Babble {
    fn send(&mut self, _: &[u8]) -> Result<(), TransportError> {
        Ok(())
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let end = self.bytes.len().min(self.at + want);
        let part = self.bytes[self.at..end].to_vec();
        self.at = end;
        Ok(part)
    }

    fn pass(&mut self, _: u64) -> Result<(), TransportError> {
        Ok(())
    }
}

/// The host connected to such a line: every call ends, with an error or with words.
pub fn host(source: &mut Source<'_>) {
    let settings = Settings {
        window: 1 + source.up_to(6),
        retries: 2,
        session: 1,
    };
    let choice = source.up_to(3);
    let mut bytes = Vec::new();
    while !source.is_empty() {
        let kind = *source.pick(&[Type::Done, Type::Data, Type::Reject, Type::Refused]);
        let (sequence, count) = (source.up_to(20) as u8, source.up_to(100));
        match source.up_to(8) {
            0 => bytes.extend(source.take(count)),
            _ => bytes.extend(encode(kind, sequence, source.take(count))),
        }
    }
    let babble = Box::new(Babble { bytes, at: 0 });
    if choice == 0 {
        board(babble, settings);
        return;
    }
    let Ok(mut link) = Link::connect(babble, settings) else {
        return;
    };
    if let Ok(words) = link.read_words(0x1000_0000, 19) {
        assert_eq!(words.len(), 19);
    }
    let _ = link.write_words(u32::MAX - 5, &[1; 37]);
    let _ = link.command(0, 1);
    let _ = link.read_words(0, 3);
}

fn board(babble: Box<Babble>, settings: Settings) {
    if let Ok(mut board) = Board::connect(babble, &GOOD.arch, settings) {
        let _ = board.load(&GOOD);
        let _ = board.run();
        for output in &GOOD.outputs {
            let _ = board.read_tensor(&output.placement);
        }
    }
}
