//! Every fact of a board file is confirmed, and every source confirms something.

use std::collections::BTreeMap;

use super::Check;
use crate::boards::BoardError;
use crate::boards::sheet::{Sheet, Source};

/// A claim of the file: key, names of sources, whether the file says what is doubtful.
type Claim<'a> = (&'a str, &'a [String], bool);

impl Check<'_> {
    /// Every fact is confirmed twice or says why not; every source confirms something.
    pub(super) fn sources(&self, sheet: &Sheet) -> Result<(), BoardError> {
        let origin = || self.origin.to_owned();
        let known: BTreeMap<&str, &Source> =
            sheet.source.iter().map(|s| (s.id.as_str(), s)).collect();
        if let Some(twice) = sheet
            .source
            .iter()
            .find(|s| !known.get(s.id.as_str()).is_some_and(|k| *k == *s))
        {
            return Err(self.value("source.id", &twice.id, "different for each source"));
        }
        let mut used = Vec::new();
        for (key, ids, doubtful) in claims(sheet) {
            let mut repositories = Vec::new();
            for id in ids {
                let source = known
                    .get(id.as_str())
                    .ok_or_else(|| BoardError::UnknownSource {
                        origin: origin(),
                        key: key.into(),
                        id: id.clone(),
                        known: known.keys().copied().collect::<Vec<_>>().join(", "),
                    })?;
                repositories.push(&source.repository);
                used.push(id.as_str());
            }
            repositories.sort_unstable();
            repositories.dedup();
            let count = repositories.len();
            if count < 2 && !doubtful {
                return Err(BoardError::Unconfirmed {
                    origin: origin(),
                    key: key.into(),
                    count,
                });
            }
        }
        match known.keys().find(|id| !used.contains(*id)) {
            Some(id) => Err(BoardError::UnusedSource {
                origin: origin(),
                id: (*id).into(),
            }),
            None => Ok(()),
        }
    }
}

/// Every claim of a sheet.
fn claims(sheet: &Sheet) -> Vec<Claim<'_>> {
    let (clock, link, leds) = (&sheet.clock, &sheet.link, &sheet.leds);
    let mut all: Vec<Claim<'_>> = vec![
        ("clock", &clock.sources, clock.caveat.is_some()),
        ("link.chip", &link.chip.sources, link.chip.caveat.is_some()),
        (
            "link.top_baud",
            &link.top_baud.sources,
            link.top_baud.caveat.is_some(),
        ),
        ("link.rx", &link.rx.sources, link.rx.caveat.is_some()),
        ("link.tx", &link.tx.sources, link.tx.caveat.is_some()),
        ("leds", &leds.sources, leds.caveat.is_some()),
        (
            "leds.polarity",
            &leds.polarity.sources,
            leds.polarity.caveat.is_some(),
        ),
        // An identifier is what the program says it is: its own source is enough.
        (
            "programmer",
            &sheet.programmer.sources,
            !sheet.programmer.sources.is_empty(),
        ),
    ];
    if let Some(reset) = &sheet.reset {
        let polarity = &reset.polarity;
        all.push(("reset", &reset.sources, reset.caveat.is_some()));
        all.push((
            "reset.polarity",
            &polarity.sources,
            polarity.caveat.is_some(),
        ));
    }
    if let Some(pack) = &sheet.pack {
        all.push(("pack", &pack.sources, pack.caveat.is_some()));
    }
    all
}
