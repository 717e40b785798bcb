use super::{Comparison, Node, Pair};
use crate::change::Place;
use crate::rules::{DEFAULT_SERVER_CHANGED, SERVER_ADDED, SERVER_REMOVED, SERVER_VARIABLES_CHANGED};

impl<'a> Comparison<'a> {
    /// Compares two lists of servers, by their URLs.
    pub(super) fn servers(&mut self, old: Option<Node<'a>>, new: Option<Node<'a>>, place: &Place) {
        let list = |node: Option<Node<'a>>| node.map(|node| node.items()).unwrap_or_default();
        let (old, new) = (list(old), list(new));
        for server in &old {
            match new.iter().find(|other| url(other) == url(server)) {
                None => {
                    let words = format!("the server `{}` is gone", url(server));
                    self.report(&SERVER_REMOVED, place, server, words);
                }
                Some(same) => {
                    let pair = Pair { old: Some(server.clone()), new: Some(same.clone()) };
                    if let Some(differing) = pair.get("variables").differing() {
                        let words = format!("the variables of the server `{}` are others", url(server));
                        self.report(&SERVER_VARIABLES_CHANGED, place, &differing, words);
                    }
                    self.texts(&pair, &["description"]);
                    self.extensions(&pair);
                }
            }
        }
        for server in new.iter().filter(|server| !old.iter().any(|other| url(other) == url(server))) {
            self.report(&SERVER_ADDED, place, server, format!("the server `{}` is new", url(server)));
        }
        if let (Some(was), Some(is)) = (old.first(), new.first())
            && url(was) != url(is)
        {
            let words = format!("`{}` comes first now, where `{}` did", url(is), url(was));
            self.report(&DEFAULT_SERVER_CHANGED, place, is, words);
        }
    }
}

fn url<'a>(server: &Node<'a>) -> &'a str {
    server.text("url").unwrap_or_default()
}
