//! Compares the responses of operations, and their headers.

use super::{Comparison, Node, Pair};
use crate::change::{Direction, Location};
use crate::compare::annotations::ANNOTATIONS;
use crate::rules::{
    BODY_ADDED, BODY_REMOVED, ERROR_RESPONSE_ADDED, ERROR_RESPONSE_REMOVED, HEADER_ADDED, HEADER_OPTIONAL,
    HEADER_REMOVED, HEADER_REQUIRED, SUCCESS_RESPONSE_ADDED, SUCCESS_RESPONSE_REMOVED,
};

impl<'a> Comparison<'a> {
    /// Compares the responses of an operation.
    pub(super) fn responses(&mut self, pair: &Pair<'a>, location: &Location) {
        let list = |node: &Option<Node<'a>>| {
            let entries = node.as_ref().map(Node::entries).unwrap_or_default();
            entries.into_iter().filter(|(status, _)| !status.starts_with("x-")).collect::<Vec<_>>()
        };
        let (old_responses, new_responses) = (list(&pair.old), list(&pair.new));
        for (status, old) in &old_responses {
            let location = location.part(format!("response {status}"), Direction::Received);
            let same = new_responses.iter().find(|(other, _)| other.eq_ignore_ascii_case(status));
            // The loop over the new responses compares each part of a split range with the range.
            let is_split = new_responses.iter().any(|(other, _)| covers(status, other));
            match same.or_else(|| {
                closest(&new_responses, status)
                    .filter(|it| !is_split && applies_to(it, status, &new_responses))
            }) {
                Some((_, new)) => {
                    self.response(&Pair { old: Some(old.clone()), new: Some(new.clone()) }, &location);
                }
                None if is_split => {}
                None => {
                    let rule =
                        if is_success(status) { &SUCCESS_RESPONSE_REMOVED } else { &ERROR_RESPONSE_REMOVED };
                    self.report(rule, &location, old, format!("removed response {status}"));
                }
            }
        }
        for (status, new) in &new_responses {
            let location = location.part(format!("response {status}"), Direction::Received);
            if old_responses.iter().any(|(other, _)| other.eq_ignore_ascii_case(status)) {
                continue;
            }
            let closest = closest(&old_responses, status);
            if let Some((_, old)) = closest.filter(|it| applies_to(it, status, &old_responses)) {
                self.response(&Pair { old: Some(old.clone()), new: Some(new.clone()) }, &location);
            } else {
                let rule = if is_success(status) { &SUCCESS_RESPONSE_ADDED } else { &ERROR_RESPONSE_ADDED };
                self.report(rule, &location, new, format!("added response {status}"));
            }
        }
    }

    fn response(&mut self, pair: &Pair<'a>, location: &Location) {
        let pair = self.resolved(pair);
        let (Some(old), Some(new)) = (&pair.old, &pair.new) else { return };
        let has_body = |node: &Node<'a>| node.get("content").is_some_and(|it| !it.entries().is_empty());
        match (has_body(old), has_body(new)) {
            (true, false) => self.report(&BODY_REMOVED, location, old, "removed response body"),
            (false, true) => self.report(&BODY_ADDED, location, new, "added response body"),
            _ => self.contents(&pair.get("content"), location),
        }
        self.headers(&pair.get("headers"), location);
        self.annotations(&pair, &["description", "links"]);
        self.extensions(&pair);
    }

    fn headers(&mut self, pair: &Pair<'a>, location: &Location) {
        let list = |node: &Option<Node<'a>>| node.as_ref().map(Node::entries).unwrap_or_default();
        let (old_headers, new_headers) = (list(&pair.old), list(&pair.new));
        let find = |list: &[(&'a str, Node<'a>)], name: &str| {
            list.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, node)| node.clone())
        };
        for (name, header) in &old_headers {
            let location =
                Location { part: format!("{}, header `{name}`", location.part), ..location.clone() };
            let pair = self.resolved(&Pair { old: Some(header.clone()), new: find(&new_headers, name) });
            match (&pair.old, &pair.new) {
                (Some(old), Some(new)) => {
                    match (old.flag("required"), new.flag("required")) {
                        (true, false) => {
                            let message = format!("response header `{name}` became optional");
                            self.report(&HEADER_OPTIONAL, &location, new, message);
                        }
                        (false, true) => {
                            let message = format!("response header `{name}` became required");
                            self.report(&HEADER_REQUIRED, &location, new, message);
                        }
                        _ => {}
                    }
                    self.schema_or_content(&pair, &location);
                    self.uncovered_fields(&pair, &["style", "explode"]);
                    self.annotations(&pair, &ANNOTATIONS);
                    self.extensions(&pair);
                }
                (Some(_), None) => {
                    let message = format!("removed response header `{name}`");
                    self.report(&HEADER_REMOVED, &location, header, message);
                }
                (None, _) => {}
            }
        }
        for (name, new) in new_headers.iter().filter(|(name, _)| find(&old_headers, name).is_none()) {
            let location =
                Location { part: format!("{}, header `{name}`", location.part), ..location.clone() };
            self.report(&HEADER_ADDED, &location, new, format!("added response header `{name}`"));
        }
    }
}

/// Returns the entry that describes a status: the status itself, its range, or `default`.
fn closest<'l, 'a>(list: &'l [(&'a str, Node<'a>)], status: &str) -> Option<&'l (&'a str, Node<'a>)> {
    let range = format!("{}XX", status.get(..1).unwrap_or_default());
    [status, range.as_str(), "default"]
        .into_iter()
        .find_map(|wanted| list.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted)))
}

/// Returns true if an entry found for a status applies to it. In a list with success statuses, `default`
/// describes errors only.
fn applies_to(found: &(&str, Node<'_>), status: &str, list: &[(&str, Node<'_>)]) -> bool {
    found.0 != "default" || !is_success(status) || !list.iter().any(|(known, _)| is_success(known))
}

/// Returns true if an entry for `status` also describes `other`.
fn covers(status: &str, other: &str) -> bool {
    let is_range = status.get(1..).is_some_and(|rest| rest.eq_ignore_ascii_case("XX"));
    status.eq_ignore_ascii_case(other)
        || (is_range && status.get(..1) == other.get(..1))
        || status == "default"
}

/// Returns true for a success status or range; false for `default`.
fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_covered_by_itself_its_range_and_default() {
        for (status, other, expected) in [
            ("201", "201", true),
            ("2XX", "201", true),
            ("2xx", "201", true),
            ("default", "201", true),
            ("201", "2XX", false),
            ("4XX", "201", false),
        ] {
            assert_eq!(covers(status, other), expected, "{status} {other}");
        }
    }
}
