//! Formal proofs about modules, for all inputs and all time, each with errors planted in the module for which the same question must be answered by a
//! counterexample, and with states that its assumptions must leave reachable. The properties are in `hdl/formal`; docs/formal.md is the table.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::time::Instant;

use systole_arch::Arch;
use systole_hdl::accelerator::{Lane, LaneMultiplier, LaneShift};
use systole_hdl::array::{Multiplier, MultiplierKind};
use systole_hdl::board::ByteFifo;
use systole_hdl::link::{Crc32, FrameReceiver, FrameTransmitter, Link};
use systole_hdl::rt::emit;
use systole_hdl::rt::prelude::Block;
use systole_sim::Error;
use systole_sim::formal::{Answer, Mode, Task};

/// Properties in `hdl/formal`.
macro_rules! properties {
    ($name:literal) => {
        include_str!(concat!("../formal/", $name, ".sv"))
    };
}

/// A module with properties in it.
struct Proof {
    task: Task,
    mode: Mode,
}

impl Proof {
    fn new(top: &str, block: &dyn Block, mode: Mode) -> Self {
        let task = Task::new(top, &emit(top, block).unwrap());
        Proof { task, mode }
    }

    fn inside(self, module: &str, properties: &str) -> Self {
        let task = self.task.inside(module, properties).unwrap();
        Proof { task, ..self }
    }

    fn instead(self, module: &str, text: &str) -> Self {
        let task = self.task.instead(module, text).unwrap();
        Proof { task, ..self }
    }

    /// `None`, said loudly, without the tools.
    fn ask(task: &Task, mode: Mode, what: &str) -> Option<Answer> {
        let begin = Instant::now();
        match task.ask(mode) {
            Ok(answer) => {
                println!("{what}: {:.1} s", begin.elapsed().as_secs_f64());
                Some(answer)
            }
            Err(error @ Error::ToolMissing { .. }) => {
                // Once for each proof, not for its companions.
                if !what.starts_with(' ') {
                    eprintln!("SKIPPED: proof: {what}: {error}");
                }
                None
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }

    /// It holds.
    fn holds(self, name: &str) -> Self {
        match Self::ask(&self.task, self.mode, name) {
            None | Some(Answer::Proved) => {}
            Some(Answer::Inconclusive { reason, waveform }) => failed(name, &reason, &waveform),
            Some(Answer::Counterexample {
                statements,
                steps,
                waveform,
            }) => failed(name, &format!("{statements:?} in cycle {steps}"), &waveform),
            Some(other) => panic!("{name}: {other:?}"),
        }
        self
    }

    /// Every cover statement is reached within so many cycles.
    fn covers(self, depth: usize) -> Self {
        if let Some(answer) = Self::ask(&self.task, Mode::Cover { depth }, "  cover") {
            assert!(matches!(answer, Answer::Covered(_)), "{answer:?}");
        }
        self
    }

    /// The same, with assumptions that show the solver the way: what is reached with them is reached without them.
    fn covers_along(self, module: &str, way: &str, depth: usize) -> Self {
        let narrow = self.task.clone().inside(module, way).unwrap();
        let mode = self.mode;
        Proof { task: narrow, mode }.covers(depth);
        self
    }

    /// With `new` for `old` the assertion fails, within so many cycles.
    fn notices(self, old: &str, new: &str, assertion: &str, depth: usize) -> Self {
        self.notices_along(("", ""), (old, new), assertion, depth)
    }

    /// The same, with assumptions in a module that show the solver the way.
    fn notices_along(
        self,
        way: (&str, &str),
        (old, new): (&str, &str),
        assertion: &str,
        depth: usize,
    ) -> Self {
        let mut task = self.task.clone().planted(old, new).unwrap();
        if !way.0.is_empty() {
            task = task.inside(way.0, way.1).unwrap();
        }
        let mode = match self.mode {
            Mode::EveryState => Mode::EveryState,
            _ => Mode::Bounded { depth },
        };
        match Self::ask(&task, mode, &format!("  planted `{new}`")) {
            None => {}
            Some(Answer::Counterexample { statements, .. }) => {
                let found = statements.iter().any(|name| name == assertion);
                assert!(found, "`{new}`: {statements:?}");
            }
            Some(other) => panic!("`{new}` for `{old}`: {other:?}"),
        }
        self
    }
}

/// Says where the waveform is.
fn failed(name: &str, reason: &str, waveform: &str) {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("formal.vcd");
    std::fs::write(&path, waveform).unwrap();
    panic!("{name}: {reason}; see {}", path.display());
}

#[test]
fn the_queue_is_a_queue() {
    let queue = |depth: usize| {
        Proof::new("byte_fifo", &ByteFifo::new(depth), Mode::Prove { depth: 2 })
            .inside(&format!("ram_{depth}x8"), properties!("ram"))
            .inside("byte_fifo", properties!("byte_fifo"))
    };
    queue(64).holds("queue of 64 bytes");
    queue(4)
        .holds("queue of 4 bytes")
        .covers(16)
        .notices(
            "full = level == depth",
            "full = level == depth + 1",
            "full_only_loses",
            8,
        )
        .notices(
            "words[write_address] <= write_data",
            "words[write_address] <= write_data ^ 1",
            "stored",
            4,
        )
        .notices(
            "present <= left != 3'd0",
            "present <= level != 3'd0",
            "shown_next",
            6,
        )
        .notices(
            "next_read = read_index + 2'd1",
            "next_read = read_index + 2'd2",
            "indices",
            6,
        );
}

/// `t = sat18(shift(acc, 24 - s))`.
#[test]
fn the_shift_of_the_requantizer_is_the_contract() {
    for width in [35, 9] {
        let proof = Proof::new(
            "lane_shift",
            &LaneShift::new(width),
            Mode::Prove { depth: 3 },
        )
        .inside("lane_shift", properties!("lane_shift"))
        .holds(&format!("shift of {width} bits"))
        .covers(4);
        if width == 35 {
            proof
                .notices(
                    "folded[34:24] != 11'd0",
                    "folded[34:25] != 10'd0",
                    "equal",
                    4,
                )
                .notices("coarse >>> fine", "coarse >>> shift[2:0]", "equal", 4)
                .notices("saturates = beyond_coarse", "saturates = 1'b0", "equal", 4);
        }
    }
}

/// `u = (t * M) >> 16`.
#[test]
fn the_multiplier_of_the_requantizer_keeps_the_right_bits() {
    Proof::new(
        "lane_multiplier",
        &LaneMultiplier::new(),
        Mode::Prove { depth: 1 },
    )
    .inside("lane_multiplier", properties!("lane_multiplier"))
    .holds("multiplier of a lane")
    .covers(6)
    .notices(
        "34'(multiplier_register)",
        "34'($signed(multiplier_register))",
        "early_right",
        6,
    )
    .notices(
        "output_register <= product[33:16]",
        "output_register <= product[32:15]",
        "scaled_right",
        6,
    );
}

/// `y = sat(rhu(u + v, 8) + z, lo, hi)`, and what leads to the multipliers.
#[test]
fn the_lane_is_the_contract() {
    let arch = Arch::preset("2x2").unwrap();
    Proof::new("lane", &Lane::new(&arch), Mode::Prove { depth: 8 })
        .instead("lane_multiplier", properties!("lane_multiplier_free"))
        .inside("lane", properties!("lane"))
        .holds("lane")
        .covers(9)
        .notices("half = 20'sd128", "half = 20'sd127", "result_right", 9)
        .notices(
            "scale_early < residual_scale_early",
            "scale_early > residual_scale_early",
            "result_right",
            9,
        )
        .notices(
            "rounded > 12'(high_gap)",
            "rounded > 12'(low_gap)",
            "result_right",
            9,
        )
        .notices(
            "sum <= column + bias",
            "sum <= column - bias",
            "operand_right",
            9,
        );
}

#[test]
fn rows_of_additions_are_a_product() {
    let multiplier = Multiplier::new(MultiplierKind::Rows, 8);
    Proof::new("multiplier_rows", &multiplier, Mode::Prove { depth: 4 })
        .inside("multiplier_rows", properties!("multiplier_rows"))
        .holds("multiplier of rows")
        .covers(5)
        .notices(
            "- (x2 & {10{weight[7]}})",
            "+ (x2 & {10{weight[7]}})",
            "high_right",
            5,
        );
}

#[test]
fn a_byte_of_the_crc_is_that_of_the_specification() {
    // There are no registers: one cycle is all there is.
    Proof::new("crc32", &Crc32::new(), Mode::Bounded { depth: 1 })
        .inside("crc32", properties!("frame_crc"))
        .inside("crc32", properties!("crc32"))
        .holds("CRC-32")
        .covers(1)
        .notices("32'd3988292384", "32'd3988292385", "byte_step", 1);
}

fn receiver(mode: Mode) -> Proof {
    Proof::new("frame_receiver", &FrameReceiver::new(), mode)
}

/// With the record of what was received.
fn recorded() -> Proof {
    receiver(Mode::Prove { depth: 2 })
        .inside("ram_256x32", properties!("ram"))
        .inside("frame_receiver", properties!("frame_crc"))
        .inside("frame_receiver", properties!("frame_receiver_safe"))
}

#[test]
fn what_the_receiver_holds_was_received_with_a_right_crc() {
    // Frames whose header is given, the rest is free: the solver has to find the trailer that is taken for right.
    let header = |bytes: &str| {
        format!(
            "reg [4:0] at = 0;\nalways @(posedge clock) if (taken) at <= at + 1;\nwire [47:0] bytes = 48'h{bytes};\n\
             always @* assume (!reset && rx_valid && (at > 5 || rx_data == bytes[8 * (5 - at) +: 8]) && any_index == 0);\n"
        )
    };
    let (empty, two_words) = (header("A5_81_07_00_00_31"), header("A5_02_07_08_00_92"));
    let example = properties!("frame_receiver_example");
    let way = ("frame_receiver", empty.as_str());
    recorded()
        .holds("receiver is safe")
        .covers_along("frame_receiver", example, 64)
        .notices_along(
            way,
            (
                "crc_state_2 == residue",
                "crc_state_2[30:0] == residue[30:0]",
            ),
            "never_a_bad_crc",
            18,
        )
        .notices_along(
            way,
            ("trailer_last = 11'd3", "trailer_last = 11'd2"),
            "in_verify",
            18,
        )
        .notices(
            "next_length <= longest",
            "next_length <= 16'd2000",
            "at_start_means",
            8,
        )
        .notices_along(
            ("frame_receiver", two_words.as_str()),
            ("count[1:0] & 2'd3) == 2'd3", "count[1:0] & 2'd3) == 2'd2"),
            "stored",
            18,
        );
}

/// From every state, and no later than after the longest frame.
#[test]
fn the_receiver_finds_back() {
    receiver(Mode::EveryState)
        .inside("frame_receiver", properties!("frame_receiver_progress"))
        .holds("receiver finds back")
        .covers(10)
        .notices(
            "state <= Receiving_Hunt;\n        if (crc_state_2 == residue)",
            "if (crc_state_2 == residue)",
            "progress",
            0,
        )
        .notices(
            "if (length_q == 11'd0) begin\n            state <= Receiving_Trailer;",
            "if (length_q == 11'd0) begin\n            state <= Receiving_Payload;",
            "progress",
            0,
        );
    recorded()
        .inside("frame_receiver", properties!("frame_receiver_progress"))
        .inside("frame_receiver", properties!("frame_receiver_bound"))
        .holds("bound of the way back")
        .notices(
            "longest_wait = 5 + 1024",
            "longest_wait = 5 + 1020",
            "progress",
            10,
        );
}

#[test]
fn the_receiver_accepts_every_good_frame() {
    let way = "always @* assume (begins && rx_valid == sending && !discard && sent_kind == 8'hA5 && sent_number == 8'hA5 &&\n\
               (sent_length == 0 || sent_length == 8));\n";
    let along = ("frame_receiver", way);
    let empty = format!("{way}always @* assume (sent_length == 0);\n");
    let along_empty = ("frame_receiver", empty.as_str());
    receiver(Mode::Prove { depth: 2 })
        .inside("frame_receiver", properties!("frame_crc"))
        .inside("frame_receiver", properties!("frame_receiver_accepts"))
        .holds("receiver accepts")
        .covers_along(along.0, along.1, 30)
        .notices_along(
            along_empty,
            ("crc_octet = window_4", "crc_octet = window_3"),
            "in_header",
            12,
        )
        .notices_along(
            along_empty,
            (
                "if (crc_state_2 == residue)",
                "if (crc_state_2 == residue && kind_q != 8'hA5)",
            ),
            "accepted",
            30,
        )
        .notices_along(
            along_empty,
            (
                "(window_3 == start_byte)",
                "(window_3 == start_byte) && (window_2 != start_byte)",
            ),
            "check_ready",
            12,
        );
}

#[test]
fn only_what_is_held_is_carried_out() {
    let arch = Arch::preset("2x2").unwrap();
    Proof::new("link", &Link::new(&arch), Mode::Prove { depth: 2 })
        .inside("host_port", properties!("host_port"))
        .inside("link", properties!("link"))
        .holds("link carries out what is held")
        .covers_along("link", properties!("link_example"), 48)
        .notices(
            "if (held && send_idle)",
            "if (send_idle)",
            "serves_what_is_held",
            4,
        );
}

#[test]
fn the_transmitter_offers_a_byte_until_it_is_taken() {
    Proof::new(
        "frame_transmitter",
        &FrameTransmitter::new(),
        Mode::Prove { depth: 2 },
    )
    .inside("frame_transmitter", properties!("frame_transmitter"))
    .holds("transmitter")
    .covers(6)
    .notices(
        "advance = !present || tx_ready",
        "advance = 1'b1",
        "stays_equal",
        6,
    );
}

/// The machinery: a proof of nothing, a module that is not there and a planted error without a place are refused.
#[test]
fn empty_questions_are_refused() {
    let text = "module m (\n  input wire clock\n);\nendmodule\n";
    let task = Task::new("m", text);
    assert!(task.clone().inside("n", "").is_err());
    assert!(task.clone().planted("wire", "reg").is_ok());
    assert!(task.clone().planted("m", "n").is_err());
    match task.ask(Mode::Prove { depth: 1 }) {
        Err(Error::Design { reason, .. }) => assert!(reason.contains("no assertion"), "{reason}"),
        Err(Error::ToolMissing { .. }) => eprintln!("SKIPPED: formal tools are not installed"),
        other => panic!("{other:?}"),
    }
}

/// Each kind of answer, on a counter.
#[test]
fn answers_are_told_apart() {
    let counter = "module m (\n  input wire clock, input wire go\n);\nreg [3:0] n = 0, m = 0;\n\
                   always @(posedge clock) if (go && n < 9) begin n <= n + 1; m <= m + 1; end\nendmodule\n";
    let ask = |properties: &str, mode| {
        let task = Task::new("m", counter).inside("m", properties).unwrap();
        Proof::ask(&task, mode, "counter")
    };
    let Some(proved) = ask(
        "always @* small: assert (n < 10);\n",
        Mode::Prove { depth: 2 },
    ) else {
        return;
    };
    assert_eq!(proved, Answer::Proved);
    // True, but the step from 9 and 9 needs the other counter.
    let attempt = ask(
        "always @* second: assert (m < 10);\n",
        Mode::Prove { depth: 2 },
    )
    .unwrap();
    assert!(
        matches!(&attempt, Answer::Inconclusive { reason, .. } if reason.contains("second")),
        "{attempt:?}"
    );
    let wrong = ask(
        "always @* five: assert (n < 5);\n",
        Mode::Prove { depth: 8 },
    )
    .unwrap();
    match wrong {
        Answer::Counterexample {
            statements,
            steps,
            waveform,
        } => {
            assert_eq!((statements, steps), (vec!["five".to_owned()], 5));
            assert!(waveform.contains("$enddefinitions"));
        }
        other => panic!("{other:?}"),
    }
    let reached = ask(
        "always @* nine: cover (n == 9);\n",
        Mode::Cover { depth: 12 },
    )
    .unwrap();
    assert_eq!(reached, Answer::Covered(vec![("nine".to_owned(), 9)]));
    let missed = ask(
        "always @* ten: cover (n == 10);\n",
        Mode::Cover { depth: 12 },
    )
    .unwrap();
    assert!(
        matches!(missed, Answer::Counterexample { .. }),
        "{missed:?}"
    );
    let vacuous = "always @* begin assume (n == 3); wrong: assert (n == 4); end\n";
    let vacuous = ask(vacuous, Mode::Prove { depth: 2 }).unwrap();
    assert!(
        matches!(&vacuous, Answer::Inconclusive { reason, .. } if reason.contains("contradict")),
        "{vacuous:?}"
    );
}
