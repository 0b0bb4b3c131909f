//! Bytes and cycles of one image, no tolerance.

use systole::device::Counters;
use systole::program::Program;
use systole::receipt::Mismatch;

/// The first value that differs from the level `with`.
pub(super) fn outputs(
    [level, with]: [&str; 2],
    image: usize,
    found: &[Vec<i8>],
    expected: &[Vec<i8>],
) -> Option<Mismatch> {
    let (level, with) = (level.to_owned(), with.to_owned());
    let lengths = |all: &[Vec<i8>]| all.iter().map(Vec::len).collect::<Vec<_>>();
    if lengths(found) != lengths(expected) {
        return Some(Mismatch::Shape {
            level,
            with,
            image,
            found: lengths(found).iter().sum(),
            expected: lengths(expected).iter().sum(),
        });
    }
    for (output, (found, expected)) in found.iter().zip(expected).enumerate() {
        let mut pairs = found.iter().zip(expected).enumerate();
        if let Some((index, (found, expected))) = pairs.find(|(_, (a, b))| a != b) {
            return Some(Mismatch::Output {
                level,
                with,
                image,
                output,
                index,
                found: *found,
                expected: *expected,
            });
        }
    }
    None
}

/// The first count that is not that of the schedule.
pub(super) fn cycles(
    level: &str,
    image: usize,
    found: &Counters,
    program: &Program,
) -> Option<Mismatch> {
    let differs = |until: String, found, expected| Mismatch::Cycles {
        level: level.to_owned(),
        image,
        until,
        found,
        expected,
    };
    let mut starts = found.starts.iter().zip(&program.starts).enumerate();
    if let Some((n, (found, expected))) = starts.find(|(_, (a, b))| a != b) {
        let until = format!("the start of instruction {n}");
        return Some(differs(until, *found, *expected));
    }
    if found.starts.len() != program.starts.len() {
        let until = "the last instruction (instructions)".to_owned();
        let [found, expected] = [found.starts.len(), program.starts.len()].map(|n| n as u64);
        return Some(differs(until, found, expected));
    }
    let (found, expected) = (found.cycles, program.cycles());
    (found != expected).then(|| differs("the end".to_owned(), found, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use systole::compiler::compile;
    use systole_arch::Arch;

    #[test]
    fn the_first_difference_is_found() {
        let expected = [vec![1, 2, 3], vec![4]];
        assert_eq!(outputs(["b", "a"], 5, &expected, &expected), None);
        let found = [vec![1, 2, 3], vec![-4]];
        let text = outputs(["b", "a"], 5, &found, &expected)
            .unwrap()
            .to_string();
        assert_eq!(
            text,
            "level `b`: image 5, output 1, value 0: -4, but 4 at level `a`"
        );
        let short = [vec![1, 2, 3]];
        assert!(outputs(["b", "a"], 5, &short, &expected).is_some());
    }

    #[test]
    fn every_count_is_compared() {
        let arch = Arch::preset("8x8").unwrap();
        let program = compile(&systole::testing::tiny(), &arch).unwrap();
        let good = Counters {
            cycles: program.cycles(),
            starts: program.starts.clone(),
            ..Counters::default()
        };
        assert_eq!(cycles("rtl", 0, &good, &program), None);
        let mut late = good.clone();
        late.starts[1] += 1;
        let text = cycles("rtl", 0, &late, &program).unwrap().to_string();
        assert!(text.contains("instruction 1"), "{text}");
        let longer = Counters {
            cycles: good.cycles + 1,
            ..good.clone()
        };
        assert!(cycles("rtl", 0, &longer, &program).is_some());
        let fewer = Counters {
            starts: Vec::new(),
            ..good
        };
        assert!(cycles("rtl", 0, &fewer, &program).is_some());
    }
}
