//! Reads and writes of words over a line that loses and damages bytes: go-back-N with a window.
//!
//! Several requests travel at once. Whatever goes wrong, the host goes back to the first request without an answer:
//! it agrees on a new sequence number ([`Type::Sync`]) and asks again, in smaller frames. That is sound because
//! reading memory and writing the same words twice change nothing; for the one request of which that is not true, the
//! run command, [`Link::command`] travels alone and relies on the device to recognise a repetition.

use std::collections::VecDeque;

use super::decoder::{Decoder, Frame};
use super::error::LinkError;
use super::transport::Transport;
use systole_arch::frame::{self, HEADER, MAX_PAYLOAD, MAX_WORDS, Refusal, TRAILER, Type};

/// How hard the driver tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Requests without an answer at one time, 1 to 100.
    pub window: usize,
    /// Failures in a row before giving up.
    pub retries: u32,
    /// Number of the session, by which a board that was reset is noticed; 0 chooses one at random.
    pub session: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            window: frame::WINDOW,
            retries: 40,
            session: 0,
        }
    }
}

/// Words of one frame. Even, so that the two halves of a parameter stay together when they are repeated.
const LARGEST_CHUNK: usize = MAX_WORDS & !1;
const SMALLEST_CHUNK: usize = 8;
/// Bytes without a frame among them before the line counts as noise.
const NOISE: usize = 64 * 1024;

/// A reliable connection to the memories of one device.
pub struct Link {
    transport: Box<dyn Transport>,
    decoder: Decoder,
    settings: Settings,
    next: u8,
    in_step: bool,
    chunk: usize,
}

/// Words to write, or the number of words to read.
enum Words<'a> {
    Write(&'a [u32]),
    Read(usize),
}

/// A request without an answer.
struct Request {
    sequence: u8,
    words: usize,
    answer_bytes: usize,
}

impl Words<'_> {
    fn count(&self) -> usize {
        match self {
            Words::Write(words) => words.len(),
            Words::Read(count) => *count,
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Words::Write(_) => "writing",
            Words::Read(_) => "reading",
        }
    }
}

impl Link {
    /// Connects: agrees on a sequence number with the device.
    ///
    /// # Errors
    /// [`LinkError::NoAnswer`], [`LinkError::Transport`].
    pub fn connect(transport: Box<dyn Transport>, settings: Settings) -> Result<Self, LinkError> {
        let settings = Settings {
            window: settings.window.clamp(1, 100),
            ..settings
        };
        let mut link = Link {
            transport,
            decoder: Decoder::new(),
            settings,
            next: 0,
            in_step: false,
            chunk: LARGEST_CHUNK,
        };
        link.synchronise()?;
        Ok(link)
    }

    /// Reads `count` words from a host address on.
    ///
    /// # Errors
    /// [`LinkError::Refused`], [`LinkError::Lost`], [`LinkError::NoAnswer`], [`LinkError::Transport`].
    pub fn read_words(&mut self, address: u32, count: usize) -> Result<Vec<u32>, LinkError> {
        self.stream(address, &Words::Read(count))
    }

    /// Writes words from a host address on. Repeating is allowed; for the run command use [`Link::command`].
    ///
    /// # Errors
    /// As [`Link::read_words`].
    pub fn write_words(&mut self, address: u32, words: &[u32]) -> Result<(), LinkError> {
        self.stream(address, &Words::Write(words)).map(|_| ())
    }

    /// Writes one word exactly once.
    ///
    /// # Errors
    /// As [`Link::read_words`], and [`LinkError::OutOfStep`].
    pub fn command(&mut self, address: u32, word: u32) -> Result<(), LinkError> {
        if !self.in_step {
            self.synchronise()?;
        }
        let sequence = self.take_sequence();
        let payload = [address.to_le_bytes(), word.to_le_bytes()].concat();
        for attempt in 0..=self.settings.retries {
            self.flush_device(attempt)?;
            self.transport
                .send(&frame::encode(Type::Write, sequence, &payload))?;
            let Some(answer) = self.wait_for(sequence)? else {
                continue;
            };
            match answer.kind {
                kind if kind == Type::Done as u8 => return Ok(()),
                kind if kind == Type::Refused as u8 => {
                    return Err(refused("writing", address, &answer));
                }
                _ => {
                    let found = first_word(&answer) as u8;
                    if found != sequence {
                        self.in_step = false;
                        return Err(LinkError::OutOfStep {
                            expected: sequence,
                            found,
                        });
                    }
                }
            }
        }
        self.in_step = false;
        Err(LinkError::Lost {
            action: "writing",
            address,
            attempts: self.settings.retries + 1,
        })
    }

    /// Before the next transfer, host and device agree on a sequence number again.
    pub fn lose_step(&mut self) {
        self.in_step = false;
    }

    /// Lets device cycles go by.
    ///
    /// # Errors
    /// [`LinkError::Transport`].
    pub fn pass(&mut self, cycles: u64) -> Result<(), LinkError> {
        Ok(self.transport.pass(cycles)?)
    }

    /// Carries out a transfer of any length.
    fn stream(&mut self, address: u32, words: &Words<'_>) -> Result<Vec<u32>, LinkError> {
        let (mut received, mut done, mut sent, mut failures) = (Vec::new(), 0, 0, 0);
        let mut open: VecDeque<Request> = VecDeque::new();
        while done < words.count() {
            if !self.in_step {
                self.synchronise()?;
                open.clear();
                sent = done;
            }
            while open.len() < self.settings.window && sent < words.count() {
                let count = self.chunk.min(words.count() - sent);
                open.push_back(self.request(address, words, sent, count)?);
                sent += count;
            }
            let Some(request) = open.front() else { break };
            match self.answer(request, address.wrapping_add(done as u32), words)? {
                Some(answer) => {
                    received.extend(words_of(&answer.payload));
                    done += request.words;
                    open.pop_front();
                    failures = 0;
                    self.chunk = (self.chunk + 2).min(LARGEST_CHUNK);
                }
                None => {
                    failures += 1;
                    self.in_step = false;
                    self.chunk = (self.chunk / 2).max(SMALLEST_CHUNK) & !1;
                    if failures > self.settings.retries {
                        let (action, address) = (words.action(), address.wrapping_add(done as u32));
                        return Err(LinkError::Lost {
                            action,
                            address,
                            attempts: failures,
                        });
                    }
                }
            }
        }
        Ok(received)
    }

    /// Sends the request for `count` words from word `at` of the transfer.
    fn request(
        &mut self,
        address: u32,
        words: &Words<'_>,
        at: usize,
        count: usize,
    ) -> Result<Request, LinkError> {
        let sequence = self.take_sequence();
        let mut payload = address.wrapping_add(at as u32).to_le_bytes().to_vec();
        let (kind, answer_words) = match words {
            Words::Write(words) => {
                payload.extend(
                    words[at..at + count]
                        .iter()
                        .flat_map(|word| word.to_le_bytes()),
                );
                (Type::Write, 0)
            }
            Words::Read(_) => {
                payload.extend((count as u32).to_le_bytes());
                (Type::Read, count)
            }
        };
        self.transport
            .send(&frame::encode(kind, sequence, &payload))?;
        Ok(Request {
            sequence,
            words: count,
            answer_bytes: HEADER + 4 * answer_words + TRAILER,
        })
    }

    /// Waits for the answer to the oldest request; `None` when it or its answer was lost.
    fn answer(
        &mut self,
        request: &Request,
        address: u32,
        words: &Words<'_>,
    ) -> Result<Option<Frame>, LinkError> {
        let mut noise = 0;
        while noise < NOISE {
            while let Some(frame) = self.decoder.next_frame() {
                let ours = frame.sequence == request.sequence;
                let whole = HEADER + frame.payload.len() + TRAILER == request.answer_bytes;
                match (frame.kind, words) {
                    (kind, Words::Write(_)) if kind == Type::Done as u8 && ours => {
                        return Ok(Some(frame));
                    }
                    (kind, Words::Read(_)) if kind == Type::Data as u8 && ours && whole => {
                        return Ok(Some(frame));
                    }
                    (kind, _) if kind == Type::Refused as u8 && ours => {
                        self.in_step = false;
                        return Err(refused(words.action(), address, &frame));
                    }
                    (kind, _) if kind == Type::Reject as u8 => return Ok(None),
                    _ => {}
                }
            }
            let want = request
                .answer_bytes
                .saturating_sub(self.decoder.pending())
                .max(1);
            let bytes = self.transport.receive(want)?;
            self.decoder.push(&bytes);
            noise += bytes.len();
            if bytes.is_empty() {
                self.decoder.clear();
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Agrees on a sequence number. Answers to anything older are thrown away.
    fn synchronise(&mut self) -> Result<(), LinkError> {
        for attempt in 0..=self.settings.retries {
            self.flush_device(attempt)?;
            let sequence = self.take_sequence();
            self.transport
                .send(&frame::encode(Type::Sync, sequence, &[]))?;
            let answer = self.wait_for(sequence)?;
            if answer.is_some_and(|answer| answer.kind == Type::Done as u8) {
                self.in_step = true;
                return Ok(());
            }
        }
        Err(LinkError::NoAnswer {
            attempts: self.settings.retries + 1,
        })
    }

    /// Waits for an answer with this sequence number, or a reject; `None` after silence.
    fn wait_for(&mut self, sequence: u8) -> Result<Option<Frame>, LinkError> {
        let mut noise = 0;
        while noise < NOISE {
            while let Some(frame) = self.decoder.next_frame() {
                let known = frame.kind == Type::Done as u8 || frame.kind == Type::Refused as u8;
                if known && frame.sequence == sequence
                    || frame.kind == Type::Reject as u8 && self.in_step
                {
                    return Ok(Some(frame));
                }
            }
            let want = (HEADER + TRAILER)
                .saturating_sub(self.decoder.pending())
                .max(1);
            let bytes = self.transport.receive(want)?;
            if bytes.is_empty() {
                self.decoder.clear();
                break;
            }
            noise += bytes.len();
            self.decoder.push(&bytes);
        }
        Ok(None)
    }

    /// After a failure the device may wait for the rest of a frame that never comes: gives it enough bytes to finish.
    fn flush_device(&mut self, attempt: u32) -> Result<(), LinkError> {
        if attempt > 0 {
            self.transport.send(&[0; HEADER + MAX_PAYLOAD + TRAILER])?;
        }
        Ok(())
    }

    fn take_sequence(&mut self) -> u8 {
        let sequence = self.next;
        self.next = self.next.wrapping_add(1);
        sequence
    }
}

fn words_of(payload: &[u8]) -> impl Iterator<Item = u32> + '_ {
    payload
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn first_word(frame: &Frame) -> u32 {
    words_of(&frame.payload).next().unwrap_or(0)
}

fn refused(action: &'static str, address: u32, frame: &Frame) -> LinkError {
    let reason = match first_word(frame) {
        code if code == Refusal::Busy as u32 => "a program runs".into(),
        code if code == Refusal::Address as u32 => {
            "no such memory, or not in this direction".into()
        }
        code if code == Refusal::Malformed as u32 => "the request is malformed".into(),
        code => format!("unknown reason {code}"),
    };
    LinkError::Refused {
        action,
        address,
        reason,
    }
}
