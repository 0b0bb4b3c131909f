//! The smallest case that still fails, field by field.

use std::time::{Duration, Instant};

use super::{Case, Direction};

/// Most cases that are tried.
const TRIES: usize = 400;
/// Longest time that is spent; a fresh simulation for each case takes a moment.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes a failing case smaller as long as it keeps failing.
pub fn minimise(case: &Case, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let (mut best, mut tries, begin) = (case.clone(), 0, Instant::now());
    'smaller: loop {
        for candidate in smaller(&best) {
            if tries == TRIES || begin.elapsed() > PATIENCE {
                return best;
            }
            tries += 1;
            if fails(&candidate) {
                best = candidate;
                continue 'smaller;
            }
        }
        return best;
    }
}

/// Cases that are smaller in one field, the boldest steps first.
fn smaller(case: &Case) -> Vec<Case> {
    let mut found = Vec::new();
    let mut edit = |value: usize, lowest: usize, set: &dyn Fn(&mut Case, usize)| {
        for value in lower(value, lowest) {
            let mut candidate = case.clone();
            set(&mut candidate, value);
            if candidate.is_sound() {
                found.push(candidate);
            }
        }
    };
    let groups = case.groups;
    let (depth, factor) = (case.input[2] / groups, case.outputs / groups);
    edit(case.layers, 1, &|c, n| c.layers = n);
    edit(groups, 1, &|c, n| {
        (c.groups, c.input[2], c.outputs) = (n, n * depth, n * factor);
    });
    edit(depth, 1, &|c, n| c.input[2] = groups * n);
    edit(factor, 1, &|c, n| c.outputs = groups * n);
    edit(case.extents.len(), 0, &|c, n| c.extents.truncate(n));
    for i in 0..2 {
        edit(case.input[i], 1, &|c, n| c.input[i] = n);
        edit(case.kernel[i], 1, &|c, n| c.kernel[i] = n);
        edit(case.stride[i], 1, &|c, n| c.stride[i] = n);
        edit(case.dilation[i], 1, &|c, n| c.dilation[i] = n);
    }
    for i in 0..4 {
        edit(case.pads[i], 0, &|c, n| c.pads[i] = n);
    }
    for i in 0..case.extents.len() {
        edit(case.extents[i], 1, &|c, n| c.extents[i] = n);
    }
    for i in 0..3 {
        edit(case.begin[i], 0, &|c, n| c.begin[i] = n);
    }
    edit(case.direction as usize, 0, &|c, _| {
        c.direction = Direction::Forward;
    });
    edit(usize::from(case.initial), 0, &|c, n| c.initial = n == 1);
    edit(usize::from(case.wide), 0, &|c, n| c.wide = n == 1);
    edit(case.batch, 1, &|c, n| c.batch = n);
    edit(case.axis, 0, &|c, n| c.axis = n);
    edit(usize::from(case.shared), 0, &|c, n| c.shared = n == 1);
    found
}

/// The lowest value, half way there, one less.
fn lower(value: usize, lowest: usize) -> Vec<usize> {
    let mut values = vec![lowest, lowest.midpoint(value), value.saturating_sub(1)];
    values.retain(|&n| n >= lowest && n < value);
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{Operator, SIZES, draw};

    #[test]
    fn every_smaller_case_is_a_valid_graph() {
        for &operator in Operator::all() {
            for seed in 0..20 {
                let case = draw(operator, SIZES[seed % SIZES.len()], seed as u64);
                for candidate in smaller(&case).into_iter().chain([case]) {
                    let (graph, _) = candidate.build().unwrap_or_else(|| panic!("{candidate}"));
                    assert_eq!(graph.validate(), Ok(()), "{candidate}");
                }
            }
        }
    }

    #[test]
    fn the_least_failing_case_is_found() {
        let fails = |case: &Case| case.input[2] >= 3 && case.kernel[1] >= 2;
        let mut seeds = (0..).map(|seed| draw(Operator::PaddedConv, SIZES[1], seed));
        let case = seeds.find(|case| fails(case) && case.input[0] > 4).unwrap();
        let least = minimise(&case, fails);
        assert_eq!((least.input[2], least.kernel), (3, [1, 2]), "{least}");
        assert_eq!((least.outputs, least.input[0]), (1, 1), "{least}");
    }
}
