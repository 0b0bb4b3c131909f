//! The link: the same vectors in Rust and in Verilog, lint-clean.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::Arch;
use systole_arch::frame::{Type, encode};
use systole_hdl::link::{Crc8, Crc32, FrameReceiver, FrameTransmitter, Link};
use systole_hdl::rt::crosscheck::Crosscheck;
use systole_hdl::rt::prelude::Block;

fn agrees<B: Block>(crosscheck: Crosscheck<B>) {
    crosscheck.run().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn check_sums() {
    agrees(Crosscheck::new("crc32", Crc32::new).cycles(2000));
    agrees(Crosscheck::new("crc8", Crc8::new).cycles(2000));
}

#[test]
fn receiver_and_transmitter() {
    agrees(Crosscheck::new("frame_receiver", FrameReceiver::new).cycles(2000));
    agrees(Crosscheck::new("frame_transmitter", FrameTransmitter::new).cycles(4000));
}

/// Real requests on the line, garbage on every other input.
#[test]
fn link() {
    for preset in ["2x2", "16x16"] {
        let arch = Arch::preset(preset).unwrap_or_else(|e| panic!("{e}"));
        let mut line = vec![];
        for n in 0..40u8 {
            let address = [n, 0, 0, if n % 2 == 0 { 8 } else { n % 12 }];
            line.push(0x55);
            line.extend(encode(
                if n % 3 == 0 { Type::Read } else { Type::Write },
                n,
                &[address, [2, 0, 0, 0]].concat(),
            ));
        }
        let mut at = 0;
        let check = Crosscheck::new("link", move || Link::new(&arch)).cycles(4000);
        agrees(check.shape(move |block, cycle, random| {
            block.reset.next = cycle < 2;
            block.running.next = random.one_in(8);
            // A byte counts only if the link is ready; a repeated byte is damage, which is welcome now and then.
            block.rx_valid.next = true;
            block.rx_data.next = i64::from(line[at % line.len()]).into();
            if block.rx_ready.val() {
                at += 1;
            }
        }));
    }
}
