//! Compares lists of servers.

use super::{Comparison, Node, Pair};
use crate::change::Location;
use crate::rules::{DEFAULT_SERVER_CHANGED, SERVER_ADDED, SERVER_REMOVED, SERVER_VARIABLES_CHANGED};

impl<'a> Comparison<'a> {
    /// Compares two lists of servers by URL.
    pub(super) fn servers(&mut self, old: Option<Node<'a>>, new: Option<Node<'a>>, location: &Location) {
        let list = |node: Option<Node<'a>>| node.map(|node| node.items()).unwrap_or_default();
        let (old, new) = (list(old), list(new));
        for server in &old {
            match new.iter().find(|other| url(other) == url(server)) {
                None => {
                    let message = format!("removed server `{}`", url(server));
                    self.report(&SERVER_REMOVED, location, server, message);
                }
                Some(same) => {
                    let pair = Pair { old: Some(server.clone()), new: Some(same.clone()) };
                    if let Some(node) = pair.get("variables").differing() {
                        let message = format!("variables of server `{}` changed", url(server));
                        self.report(&SERVER_VARIABLES_CHANGED, location, &node, message);
                    }
                    self.annotations(&pair, &["description"]);
                    self.extensions(&pair);
                }
            }
        }
        for server in new.iter().filter(|server| !old.iter().any(|other| url(other) == url(server))) {
            self.report(&SERVER_ADDED, location, server, format!("added server `{}`", url(server)));
        }
        if let (Some(old), Some(new)) = (old.first(), new.first())
            && url(old) != url(new)
        {
            let message = format!("default server changed from `{}` to `{}`", url(old), url(new));
            self.report(&DEFAULT_SERVER_CHANGED, location, new, message);
        }
    }
}

fn url<'a>(server: &Node<'a>) -> &'a str {
    server.text("url").unwrap_or_default()
}
