//! The only unsafe code of the project: loading a built model and calling its shim.
//!
//! Everything above this file speaks in slices and results. The soundness rests on three facts: the library was
//! built from our shim (its digest is checked before loading), a handle lives as long as its library
//! (both are owned together), and a handle is used by one thread at a time (`&mut self`, not `Sync`).

use crate::design::Design;
use crate::error::{Error, Result};
use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

/// Opaque to us.
#[repr(C)]
pub(crate) struct RawHandle {
    _private: [u8; 0],
}

type Raw = *mut RawHandle;

/// What a shim function answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    Failed,
    /// Did not happen within the bound, or was refused.
    Refused,
    /// `$finish` was reached.
    Finished,
}

impl Status {
    fn of(code: i32) -> Self {
        match code {
            0 => Status::Ok,
            2 => Status::Refused,
            3 => Status::Finished,
            _ => Status::Failed,
        }
    }
}

type ExchangeFn = unsafe extern "C" fn(
    Raw,
    *const u8,
    usize,
    *mut u8,
    usize,
    usize,
    i32,
    u64,
    *mut usize,
    *mut usize,
    *mut u64,
) -> i32;

/// A loaded model with its entry points.
#[derive(Debug)]
pub(crate) struct Library {
    new: unsafe extern "C" fn(u32) -> Raw,
    free: unsafe extern "C" fn(Raw),
    error: unsafe extern "C" fn(Raw) -> *const c_char,
    cycles: unsafe extern "C" fn(Raw) -> u64,
    trace_open: unsafe extern "C" fn(Raw, *const c_char) -> i32,
    trace_close: unsafe extern "C" fn(Raw) -> i32,
    poke: unsafe extern "C" fn(Raw, u32, *const u32) -> i32,
    peek: unsafe extern "C" fn(Raw, u32, *mut u32) -> i32,
    eval: unsafe extern "C" fn(Raw) -> i32,
    tick: unsafe extern "C" fn(Raw, u64) -> i32,
    vectors: unsafe extern "C" fn(Raw, *const u32, *mut u32, usize) -> i32,
    exchange: Option<ExchangeFn>,
    // Last field: unloaded after everything else is gone.
    _library: libloading::Library,
}

impl Library {
    pub(crate) fn open(path: &Path, design: &Design) -> Result<Self> {
        let failed = |error: libloading::Error| Error::Load {
            top: design.top.clone(),
            reason: error.to_string(),
        };
        // SAFETY: the file was built from our own shim and Verilator's runtime and its digest was checked; its
        // initialisers only construct C++ statics.
        let library = unsafe { libloading::Library::new(path) }.map_err(failed)?;
        macro_rules! symbol {
            ($name:literal) => {
                // SAFETY: the shim defines the symbol with exactly the signature of the field it is stored in.
                *unsafe { library.get($name) }.map_err(failed)?
            };
        }
        Ok(Library {
            new: symbol!("systole_new"),
            free: symbol!("systole_free"),
            error: symbol!("systole_error"),
            cycles: symbol!("systole_cycles"),
            trace_open: symbol!("systole_trace_open"),
            trace_close: symbol!("systole_trace_close"),
            poke: symbol!("systole_poke"),
            peek: symbol!("systole_peek"),
            eval: symbol!("systole_eval"),
            tick: symbol!("systole_tick"),
            vectors: symbol!("systole_vectors"),
            exchange: if design.stream.is_some() {
                Some(symbol!("systole_exchange"))
            } else {
                None
            },
            _library: library,
        })
    }
}

/// When an exchange ends; the numbers are those of the shim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// All bytes are taken and those wanted came back.
    Taken = 0,
    /// The same, and the device is quiet.
    Idle = 1,
    /// The bytes wanted came back.
    Answered = 2,
}

/// What one exchange did.
pub(crate) struct Moved {
    pub(crate) taken: usize,
    pub(crate) cycles: u64,
}

/// One C++ model, owned.
pub(crate) struct Handle {
    raw: NonNull<RawHandle>,
    library: Arc<Library>,
}

// SAFETY: every handle has a VerilatedContext of its own and shares no state with others; the runtime's few
// globals are locked by the runtime. The handle may therefore move to another thread; it is not Sync.
unsafe impl Send for Handle {}

impl Handle {
    pub(crate) fn new(library: Arc<Library>, seed: u32) -> Option<Self> {
        // SAFETY: no preconditions; null means that construction threw.
        let raw = NonNull::new(unsafe { (library.new)(seed) })?;
        Some(Handle { raw, library })
    }

    fn raw(&self) -> Raw {
        self.raw.as_ptr()
    }

    pub(crate) fn error(&self) -> String {
        // SAFETY: the shim returns a null-terminated string that lives until the next call on this handle.
        unsafe { CStr::from_ptr((self.library.error)(self.raw())) }
            .to_string_lossy()
            .into_owned()
    }

    pub(crate) fn cycles(&self) -> u64 {
        // SAFETY: the handle is live.
        unsafe { (self.library.cycles)(self.raw()) }
    }

    pub(crate) fn trace_open(&mut self, path: &CString) -> Status {
        // SAFETY: the handle is live; the string is null-terminated and copied by the shim.
        Status::of(unsafe { (self.library.trace_open)(self.raw(), path.as_ptr()) })
    }

    pub(crate) fn trace_close(&mut self) {
        // SAFETY: the handle is live.
        let _ = unsafe { (self.library.trace_close)(self.raw()) };
    }

    /// `words` must have as many words as the port: the caller checks it against the port list.
    pub(crate) fn poke(&mut self, port: u32, words: &[u32]) -> Status {
        // SAFETY: the handle is live; the shim reads the port's words, which the caller provides.
        Status::of(unsafe { (self.library.poke)(self.raw(), port, words.as_ptr()) })
    }

    /// As [`Handle::poke`], writing.
    pub(crate) fn peek(&self, port: u32, words: &mut [u32]) -> Status {
        // SAFETY: the handle is live; the shim writes the port's words, which the caller provides.
        Status::of(unsafe { (self.library.peek)(self.raw(), port, words.as_mut_ptr()) })
    }

    pub(crate) fn eval(&mut self) -> Status {
        // SAFETY: the handle is live.
        Status::of(unsafe { (self.library.eval)(self.raw()) })
    }

    pub(crate) fn tick(&mut self, cycles: u64) -> Status {
        // SAFETY: the handle is live.
        Status::of(unsafe { (self.library.tick)(self.raw(), cycles) })
    }

    /// The slices must hold `cycles` rows of the design's input and output words: the caller checks it.
    pub(crate) fn vectors(&mut self, inputs: &[u32], outputs: &mut [u32], cycles: usize) -> Status {
        // SAFETY: the handle is live; the shim stays within `cycles` rows, which the slices hold.
        Status::of(unsafe {
            (self.library.vectors)(self.raw(), inputs.as_ptr(), outputs.as_mut_ptr(), cycles)
        })
    }

    /// Fills `output` from the start (its length is the room) and tells how many bytes came. `None` for
    /// designs that are no byte-stream device.
    pub(crate) fn exchange(
        &mut self,
        input: &[u8],
        output: &mut Vec<u8>,
        want: usize,
        end: End,
        max_cycles: u64,
    ) -> Option<(Status, Moved)> {
        let exchange = self.library.exchange?;
        let (mut moved, mut got) = (
            Moved {
                taken: 0,
                cycles: 0,
            },
            0,
        );
        let room = output.len();
        let want = want.min(room);
        // SAFETY: the handle is live; the shim reads `input.len()` bytes and writes at most `room` bytes, as
        // `want <= room`; the three results are written once.
        let code = unsafe {
            exchange(
                self.raw(),
                input.as_ptr(),
                input.len(),
                output.as_mut_ptr(),
                want,
                room,
                end as i32,
                max_cycles,
                &raw mut moved.taken,
                &raw mut got,
                &raw mut moved.cycles,
            )
        };
        output.truncate(got);
        Some((Status::of(code), moved))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is live and dropped once; the library is still loaded, as we own it.
        unsafe { (self.library.free)(self.raw()) };
    }
}
