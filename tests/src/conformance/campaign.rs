//! Thousands of cases on all threads: one instance of each device for each size and thread.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::bench::{Tally, check_all};
use super::{Bench, Case, Expected, Mismatch, Operator, Size, Subject, Unfit, draw, minimise};

/// What to run.
#[derive(Clone)]
pub struct Plan {
    /// Operators.
    pub operators: Vec<Operator>,
    /// Array sizes.
    pub sizes: Vec<Size>,
    /// Devices; each case runs on all of them.
    pub subjects: Vec<Subject>,
    /// Shapes for each operator, dealt to the sizes evenly.
    pub cases: usize,
    /// First seed.
    pub seed: u64,
    /// Threads; none means as many as the machine has.
    pub threads: Option<usize>,
}

/// What one operator gave on one size and one device.
#[derive(Debug, Clone)]
pub struct Record {
    /// Operator.
    pub operator: Operator,
    /// Size.
    pub size: Size,
    /// Device.
    pub device: &'static str,
    /// What was compared.
    pub tally: Tally,
    /// Drawn cases that did not fit the configuration and were replaced.
    pub replaced: usize,
}

/// A case that failed.
#[derive(Debug)]
pub struct Failure {
    /// The case as it was drawn.
    pub case: Case,
    /// What differed.
    pub mismatch: Mismatch,
    /// The smallest case that fails on a fresh device, and what differs there; none if the drawn case passes on a
    /// fresh device, so that the failure depends on the programs before it.
    pub least: Option<(Case, Mismatch)>,
}

/// Runs a plan. `say` is told of each operator that is done on a size.
///
/// # Errors
/// The first failure; the other threads stop at their next case.
pub fn run(plan: &Plan, say: impl Fn(&str) + Sync) -> Result<Vec<Record>, Box<Failure>> {
    let sizes = plan.sizes.iter().enumerate();
    let tasks: Vec<(usize, Size, Operator)> = sizes
        .flat_map(|(n, &size)| {
            plan.operators
                .iter()
                .map(move |&operator| (n, size, operator))
        })
        .collect();
    let available = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = plan
        .threads
        .unwrap_or(available)
        .clamp(1, tasks.len().max(1));
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (records, failure) = (Mutex::new(Vec::new()), Mutex::new(None));
    let work = || {
        let mut worker = Worker {
            plan,
            benches: BTreeMap::new(),
            stop: &stop,
        };
        while let Some(&(n, size, operator)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let count = share(plan.cases, plan.sizes.len(), n);
            match worker.task(size, operator, count, &say) {
                Ok(new) => lock(&records).extend(new),
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    lock(&failure).get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(failure) => Err(failure),
        None => Ok(records.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// Runs one case on fresh devices.
///
/// # Errors
/// What differs.
pub fn once(case: &Case, subjects: &[Subject]) -> Result<Result<Vec<Tally>, Unfit>, Mismatch> {
    let expected = match Expected::of(case)? {
        Ok(expected) => expected,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let benches = open(subjects, case.size)?;
    check_all(&benches.iter().collect::<Vec<_>>(), &expected).map(Ok)
}

/// Makes a failing case smaller on fresh devices.
#[must_use]
pub fn diagnose(case: Case, mismatch: Mismatch, subjects: &[Subject]) -> Failure {
    let fails = |case: &Case| once(case, subjects).is_err();
    let repeatable = mismatch.missing_tool().is_none() && fails(&case);
    let least = repeatable.then(|| minimise(&case, fails));
    let least = least.and_then(|least| Some((once(&least, subjects).err()?, least)));
    Failure {
        case,
        mismatch,
        least: least.map(|(mismatch, least)| (least, mismatch)),
    }
}

fn open(subjects: &[Subject], size: Size) -> Result<Vec<Bench>, Mismatch> {
    let arch = size.arch();
    subjects
        .iter()
        .map(|&subject| Bench::open(subject, &arch))
        .collect()
}

/// Cases of the `n`th of `parts` sizes.
fn share(cases: usize, parts: usize, n: usize) -> usize {
    cases / parts + usize::from(n < cases % parts)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One thread with its devices.
struct Worker<'a> {
    plan: &'a Plan,
    benches: BTreeMap<Size, Vec<Bench>>,
    stop: &'a AtomicBool,
}

impl Worker<'_> {
    fn task(
        &mut self,
        size: Size,
        operator: Operator,
        count: usize,
        say: &impl Fn(&str),
    ) -> Result<Vec<Record>, Box<Failure>> {
        let (plan, begin) = (self.plan, Instant::now());
        if let Entry::Vacant(vacant) = self.benches.entry(size) {
            let failed = |mismatch| {
                let case = draw(operator, size, plan.seed);
                Box::new(Failure {
                    case,
                    mismatch,
                    least: None,
                })
            };
            vacant.insert(open(&plan.subjects, size).map_err(failed)?);
        }
        let benches: Vec<&Bench> = self.benches[&size]
            .iter()
            .filter(|bench| bench.subject().skipped(operator).is_none())
            .collect();
        let (mut tallies, mut replaced) = (vec![Tally::default(); benches.len()], 0);
        let (mut done, mut seeds) = (0, plan.seed..);
        while done < count && !self.stop.load(Ordering::Relaxed) {
            let Some(seed) = seeds.next() else { break };
            let case = draw(operator, size, seed);
            match check(&case, &benches) {
                Ok(Some(new)) => {
                    tallies
                        .iter_mut()
                        .zip(new)
                        .for_each(|(sum, tally)| *sum += tally);
                    done += 1;
                }
                Ok(None) => replaced += 1,
                Err(mismatch) => return Err(Box::new(diagnose(case, mismatch, &plan.subjects))),
            }
        }
        let (size_name, operator_name) = (size.to_string(), operator.to_string());
        say(&format!(
            "{size_name:>9} {operator_name:22} {done:6} cases {:7.1} s",
            begin.elapsed().as_secs_f64()
        ));
        let record = |(bench, tally): (&&Bench, Tally)| Record {
            operator,
            size,
            device: bench.subject().name,
            tally,
            replaced,
        };
        Ok(benches.iter().zip(tallies).map(record).collect())
    }
}

/// `None` if the case does not fit its configuration.
fn check(case: &Case, benches: &[&Bench]) -> Result<Option<Vec<Tally>>, Mismatch> {
    match Expected::of(case)? {
        Ok(expected) => check_all(benches, &expected).map(Some),
        Err(_) => Ok(None),
    }
}
