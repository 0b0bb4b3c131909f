//! Long delay lines of an iCE40 as rings in block RAMs.
//!
//! A bit of a delay line is a flip-flop that another flip-flop feeds, which takes a whole cell. A line of 16 words of 13 bits is 208
//! cells, or one block RAM and a counter. The ring gives the same words once it was filled: that happens during the reset.

/// The file that replaces modules of the design.
pub(super) const RINGS: &str = "rings.v";
/// Lines with fewer bits stay as they are: a counter and a RAM are not worth it.
const FEWEST_BITS: usize = 200;
/// Bits of a word of a block RAM in its widest shape, and its words.
const WORD: usize = 16;
const WORDS: usize = 256;

/// Modules that take the place of long delay lines (`delay_STAGESxWIDTH`, as `hdl` names them); empty if there are none.
pub(super) fn rings(sources: &[(String, String)]) -> String {
    let lines = sources.iter().flat_map(|(_, text)| text.lines());
    lines.filter_map(line).map(ring).collect()
}

/// A long delay line: name, stages, bits of a word.
fn line(text: &str) -> Option<(&str, usize, usize)> {
    let name = text.strip_prefix("module ")?.strip_suffix(" (")?;
    let (stages, width) = name.strip_prefix("delay_")?.split_once('x')?;
    let width = width.strip_suffix("_signed").unwrap_or(width);
    let (stages, width) = (stages.parse().ok()?, width.parse().ok()?);
    let fits = (2..=WORDS).contains(&stages) && width <= WORD;
    (fits && stages * width >= FEWEST_BITS).then_some((name, stages, width))
}

/// What is written now is read `stages - 1` cycles later, and is at the output after the edge that reads it. The word that is read is never
/// the one that is written.
fn ring((name, stages, width): (&str, usize, usize)) -> String {
    let words = stages.next_power_of_two();
    let bits = words.ilog2();
    let (top, last, ahead) = (width - 1, words - 1, words - stages + 1);
    format!(
        "module {name} (input wire clock, input wire [{top}:0] d, output wire [{top}:0] q);\n  \
         (* ram_style = \"block\", no_rw_check *) reg [{top}:0] words [0:{last}];\n  \
         reg [{bits}-1:0] place;\n  reg [{top}:0] oldest;\n  integer i;\n  \
         initial begin\n    place = 0;\n    for (i = 0; i <= {last}; i = i + 1) words[i] = 0;\n  end\n  \
         wire [{bits}-1:0] next = place + {bits}'d{ahead};\n  assign q = oldest;\n  \
         always @(posedge clock) begin\n    place <= place + {bits}'d1;\n    words[place] <= d;\n    oldest <= words[next];\n  end\n\
         endmodule\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        rings(&[("a.v".to_owned(), text.to_owned())])
    }

    #[test]
    fn only_long_lines_become_rings() {
        let long = "module delay_16x13 (\n  input wire clock,\nmodule delay_30x8_signed (\n";
        let text = found(long);
        assert!(text.contains("module delay_16x13 (input") && text.contains("place + 4'd1;"));
        assert!(text.contains("module delay_30x8_signed (") && text.contains("place + 5'd3;"));
        for short in [
            "delay_12x1",
            "delay_16x17",
            "delay_1x16",
            "delay_300x1",
            "token_delay_16x13",
        ] {
            assert_eq!(found(&format!("module {short} (\n")), "", "{short}");
        }
    }
}
