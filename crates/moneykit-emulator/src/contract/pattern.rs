//! A text that matches a regular expression.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The maximum number of repetitions, and of the bytes of a text.
const MAX: u32 = 1024;

/// Returns a text that matches the pattern and has a length within the limits, or `None` if none was found.
pub(super) fn text(pattern: &str, min_length: usize, max_length: usize) -> Option<String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    let hir = parser.parse(pattern).ok()?;
    let attempts = u32::try_from(min_length).unwrap_or(MAX).min(MAX);
    (0..=attempts).find_map(|extra| {
        let mut text = Vec::new();
        append(&hir, extra, &mut text)?;
        let text = String::from_utf8(text).ok()?;
        (min_length..=max_length).contains(&text.chars().count()).then_some(text)
    })
}

/// Appends text that the expression matches, with `extra` repetitions beyond the minimum where they are allowed.
fn append(hir: &Hir, extra: u32, text: &mut Vec<u8>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.extend_from_slice(&literal.0),
        HirKind::Class(class) => text.push(representative(class)?),
        HirKind::Capture(capture) => append(&capture.sub, extra, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| append(part, extra, text))?,
        HirKind::Alternation(branches) => append(branches.first()?, extra, text)?,
        HirKind::Repetition(repetition) => {
            let max = repetition.max.unwrap_or(u32::MAX);
            for _ in 0..repetition.min.saturating_add(extra).min(max).min(MAX) {
                append(&repetition.sub, extra, text)?;
            }
        }
    }
    (text.len() <= MAX as usize).then_some(())
}

/// Returns a character of a class, one that is easy to read if there is one.
fn representative(class: &Class) -> Option<u8> {
    let contains = |byte: u8| match class {
        Class::Bytes(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte))
        }
        Class::Unicode(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
    };
    let readable = *b"aA10_- ";
    readable.into_iter().chain(b'!'..=b'~').find(|byte| contains(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_patterns_have_a_text() {
        for (pattern, min, expected) in [
            ("^lnk_[a-z0-9]{4}$", 0, "lnk_aaaa"),
            ("^[A-Z]{3}$", 0, "AAA"),
            (r"^\d{4}-\d{2}$", 0, "1111-11"),
            (r"^\+?[1-9]\d*$", 5, "+1111"),
            ("^(test|live)_.+$", 9, "test_aaaa"),
            ("^[^a-zA-Z]+$", 0, "1"),
            ("a?", 0, ""),
        ] {
            assert_eq!(text(pattern, min, 100).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_without_a_fitting_text_has_none() {
        for (pattern, min, max) in
            [("(", 0, 9), ("^a{3}$", 4, 9), ("^a{3}$", 0, 2), ("(a{1000}){1000}", 0, 9)]
        {
            assert_eq!(text(pattern, min, max), None, "{pattern}");
        }
        // Lookarounds are not supported.
        assert_eq!(text("(?=a)b", 0, 9), None);
    }
}
