use super::{Comparison, Node, Pair};
use crate::change::{Direction, Place};
use crate::compare::annotations::TEXTS;
use crate::rules::{
    BODY_ADDED, BODY_REMOVED, FAILURE_ADDED, FAILURE_REMOVED, HEADER_ADDED, HEADER_OPTIONAL, HEADER_REMOVED,
    HEADER_REQUIRED, SUCCESS_ADDED, SUCCESS_REMOVED,
};

impl<'a> Comparison<'a> {
    /// Compares what an operation answers with.
    pub(super) fn responses(&mut self, pair: &Pair<'a>, place: &Place) {
        let list = |node: &Option<Node<'a>>| {
            let entries = node.as_ref().map(Node::entries).unwrap_or_default();
            entries.into_iter().filter(|(status, _)| !status.starts_with("x-")).collect::<Vec<_>>()
        };
        let (old, new) = (list(&pair.old), list(&pair.new));
        for (status, was) in &old {
            let place = place.part(format!("response {status}"), Direction::Received);
            let same = new.iter().find(|(other, _)| other.eq_ignore_ascii_case(status));
            // A range that was split up is compared with each of its parts, below.
            let is_split = new.iter().any(|(other, _)| covers(status, other));
            match same
                .or_else(|| closest(&new, status).filter(|it| !is_split && stands_for(it, status, &new)))
            {
                Some((_, is)) => {
                    self.response(&Pair { old: Some(was.clone()), new: Some(is.clone()) }, &place);
                }
                None if is_split => {}
                None => {
                    let rule = if is_success(status) { &SUCCESS_REMOVED } else { &FAILURE_REMOVED };
                    self.report(rule, &place, was, format!("{status} is gone"));
                }
            }
        }
        for (status, is) in &new {
            let place = place.part(format!("response {status}"), Direction::Received);
            if old.iter().any(|(other, _)| other.eq_ignore_ascii_case(status)) {
                continue;
            }
            if let Some((_, was)) = closest(&old, status).filter(|it| stands_for(it, status, &old)) {
                self.response(&Pair { old: Some(was.clone()), new: Some(is.clone()) }, &place);
            } else {
                let rule = if is_success(status) { &SUCCESS_ADDED } else { &FAILURE_ADDED };
                self.report(rule, &place, is, format!("{status} is new"));
            }
        }
    }

    fn response(&mut self, pair: &Pair<'a>, place: &Place) {
        let pair = self.resolved(pair);
        let (Some(old), Some(new)) = (&pair.old, &pair.new) else { return };
        let has_body = |node: &Node<'a>| node.get("content").is_some_and(|it| !it.entries().is_empty());
        match (has_body(old), has_body(new)) {
            (true, false) => self.report(&BODY_REMOVED, place, old, "it has no body any more"),
            (false, true) => self.report(&BODY_ADDED, place, new, "it has a body now"),
            _ => self.contents(&pair.get("content"), place),
        }
        self.headers(&pair.get("headers"), place);
        self.texts(&pair, &["description", "links"]);
        self.extensions(&pair);
    }

    fn headers(&mut self, pair: &Pair<'a>, place: &Place) {
        let list = |node: &Option<Node<'a>>| node.as_ref().map(Node::entries).unwrap_or_default();
        let (old, new) = (list(&pair.old), list(&pair.new));
        let find = |list: &[(&'a str, Node<'a>)], name: &str| {
            list.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, node)| node.clone())
        };
        for (name, was) in &old {
            let place = Place { part: format!("{}, header `{name}`", place.part), ..place.clone() };
            let pair = self.resolved(&Pair { old: Some(was.clone()), new: find(&new, name) });
            match (&pair.old, &pair.new) {
                (Some(old), Some(new)) => {
                    match (old.flag("required"), new.flag("required")) {
                        (true, false) => {
                            self.report(&HEADER_OPTIONAL, &place, new, format!("`{name}` is optional now"));
                        }
                        (false, true) => {
                            self.report(&HEADER_REQUIRED, &place, new, format!("`{name}` is required now"));
                        }
                        _ => {}
                    }
                    self.value_of(&pair, &place);
                    self.same(&pair, &["style", "explode"]);
                    self.texts(&pair, &TEXTS);
                    self.extensions(&pair);
                }
                (Some(_), None) => {
                    self.report(&HEADER_REMOVED, &place, was, format!("`{name}` is gone"));
                }
                (None, _) => {}
            }
        }
        for (name, is) in new.iter().filter(|(name, _)| find(&old, name).is_none()) {
            let place = Place { part: format!("{}, header `{name}`", place.part), ..place.clone() };
            self.report(&HEADER_ADDED, &place, is, format!("`{name}` is new"));
        }
    }
}

/// Finds what a status is answered by: itself, its range, or `default`.
fn closest<'l, 'a>(list: &'l [(&'a str, Node<'a>)], status: &str) -> Option<&'l (&'a str, Node<'a>)> {
    let range = format!("{}XX", status.get(..1).unwrap_or_default());
    [status, range.as_str(), "default"]
        .into_iter()
        .find_map(|wanted| list.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted)))
}

/// Says whether what was found for a status is meant for it: where successes are listed, `default` is none.
fn stands_for(found: &(&str, Node<'_>), status: &str, list: &[(&str, Node<'_>)]) -> bool {
    found.0 != "default" || !is_success(status) || !list.iter().any(|(known, _)| is_success(known))
}

/// Says whether what is described for one status holds for another as well.
fn covers(status: &str, other: &str) -> bool {
    let is_range = status.get(1..).is_some_and(|rest| rest.eq_ignore_ascii_case("XX"));
    status.eq_ignore_ascii_case(other)
        || (is_range && status.get(..1) == other.get(..1))
        || status == "default"
}

/// Says whether a status is one of success; `default` is what else may happen.
fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_covered_by_itself_its_range_and_the_rest() {
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
