//! A device against the CPU reference and against the schedule: bytes and cycles, no tolerance. Several devices of one kind
//! share the images: a simulation is one thread, a machine has more.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::feed::Feed;
use systole::device::Counters;

/// What a comparison found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Comparison {
    /// Images compared.
    pub(crate) images: usize,
    /// First image whose bytes differ.
    pub(crate) first_difference: Option<usize>,
    /// Counters of the run of the first image.
    pub(crate) counters: Option<Counters>,
    /// Whether all counts of all runs agree with the schedule; `None` without counters.
    pub(crate) cycles_equal: Option<bool>,
}

/// Images and what is expected of a device.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// Bytes of each image, one tensor for each input.
    pub(crate) inputs: &'a [Vec<Vec<i8>>],
    /// What the CPU reference makes of them, as many.
    pub(crate) expected: &'a [Vec<Vec<i8>>],
}

impl Comparison {
    /// Runs every image on `first`, or on one of as many more devices as `open` is allowed to open: `devices` in all. Images are
    /// dealt out one at a time; `step` is called after each.
    pub(crate) fn run(
        task: Task<'_>,
        first: Feed,
        devices: usize,
        open: impl Fn() -> anyhow::Result<Feed> + Sync,
        step: impl Fn() + Sync,
    ) -> anyhow::Result<Self> {
        let next = AtomicUsize::new(0);
        let found = Mutex::new(Ok(Comparison::default()));
        let take = |image: anyhow::Result<Comparison>| {
            let Ok(mut found) = found.lock() else {
                return;
            };
            match image {
                Ok(image) => {
                    if let Ok(comparison) = found.as_mut() {
                        comparison.join(image);
                    }
                }
                Err(error) => {
                    // Nobody begins another image.
                    next.store(task.inputs.len(), Ordering::Relaxed);
                    if found.is_ok() {
                        *found = Err(error);
                    }
                }
            }
        };
        let work = |mut feed: Feed| {
            while let Some(index) = claim(&next, task.inputs.len()) {
                take(Self::image(task, index, &mut feed));
                step();
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..devices.min(task.inputs.len()) {
                scope.spawn(|| match open() {
                    Ok(feed) => work(feed),
                    Err(error) => take(Err(error)),
                });
            }
            work(first);
        });
        found
            .into_inner()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("a thread that drove a device has failed")))
    }

    fn image(task: Task<'_>, index: usize, feed: &mut Feed) -> anyhow::Result<Self> {
        let result = feed.sample(&task.inputs[index])?;
        let equal = result.outputs == task.expected[index];
        let as_scheduled = result.counters.is_some().then_some(result.as_scheduled);
        Ok(Comparison {
            images: 1,
            first_difference: (!equal).then_some(index),
            counters: result.counters.filter(|_| index == 0),
            cycles_equal: as_scheduled,
        })
    }

    /// Adds what was found of other images.
    fn join(&mut self, other: Self) {
        self.images += other.images;
        let differences = [self.first_difference, other.first_difference];
        self.first_difference = differences.into_iter().flatten().min();
        self.counters = self.counters.take().or(other.counters);
        let equal = [self.cycles_equal, other.cycles_equal];
        self.cycles_equal = equal.into_iter().flatten().reduce(|a, b| a && b);
    }

    /// Whether every byte agreed; `None` if nothing was compared.
    pub(crate) fn bit_equal(&self) -> Option<bool> {
        (self.images > 0).then_some(self.first_difference.is_none())
    }
}

/// The next image that nobody has; `None` if all `count` are taken.
fn claim(next: &AtomicUsize, count: usize) -> Option<usize> {
    let more = |index| (index < count).then_some(index + 1);
    next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use systole::compiler::compile;
    use systole::device::{DeviceError, RunResult, Session};
    use systole::program::{Placement, Program, StateBinding};
    use systole_arch::Arch;

    /// Gives back its input, but for one value, and refuses another.
    struct Echo {
        wrong: i8,
        refused: i8,
    }

    impl Session for Echo {
        fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
            let value = inputs[0][0];
            if value == self.refused {
                let name = "echo".to_owned();
                return Err(DeviceError::OtherStates { name });
            }
            let outputs = vec![vec![if value == self.wrong { -1 } else { value }]];
            Ok(RunResult {
                outputs,
                counters: None,
            })
        }

        fn read_tensor(&mut self, _: &Placement) -> Result<Vec<i8>, DeviceError> {
            Ok(Vec::new())
        }

        fn read_units(&mut self, _: &StateBinding) -> Result<Vec<i16>, DeviceError> {
            Ok(Vec::new())
        }

        fn reset_states(&mut self) {}

        fn load(&mut self, _: &Program) -> Result<(), DeviceError> {
            Ok(())
        }
    }

    fn compare(devices: usize, wrong: i8, refused: i8) -> anyhow::Result<Comparison> {
        let arch = Arch::preset("16x16").unwrap();
        let program = compile(&systole::testing::lenet(1), &arch).unwrap();
        let open = || {
            Ok(Feed::Whole {
                session: Box::new(Echo { wrong, refused }),
                program: program.clone(),
            })
        };
        let images: Vec<_> = (0..40).map(|value| vec![vec![value]]).collect();
        let task = Task {
            inputs: &images,
            expected: &images,
        };
        Comparison::run(task, open().unwrap(), devices, open, || ())
    }

    #[test]
    fn every_image_is_compared_once_on_any_number_of_devices() {
        for devices in [1, 2, 3, 100] {
            let comparison = compare(devices, 100, 100).unwrap();
            assert_eq!(comparison.images, 40);
            assert_eq!(comparison.bit_equal(), Some(true));
            let comparison = compare(devices, 7, 100).unwrap();
            assert_eq!(comparison.first_difference, Some(7));
        }
    }

    #[test]
    fn an_error_of_any_device_is_the_error_of_all() {
        for devices in [1, 2, 3] {
            let error = compare(devices, 100, 39).unwrap_err();
            assert!(format!("{error:#}").contains("echo"), "{error:#}");
        }
    }
}
