//! A parser for the steps of a guide in Markdown.

/// A step of a guide.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Insert YAML into the contract, directly below one of its lines.
    InsertBelow { line: String, yaml: String },
    /// Write a Rust file.
    Write { path: String, rust: String },
    /// Run a command.
    Run { command: String },
}

/// Returns the steps of a section, one for each code block or shell command.
///
/// The last words in backticks before a block of YAML or Rust name the line or file that it belongs to.
pub(super) fn steps(page: &str, heading: &str) -> Vec<Step> {
    let section = page.split_once(&format!("{heading}\n")).expect(heading).1;
    let section = section.split("\n## ").next().unwrap();
    let mut steps = Vec::new();
    let mut rest = section;
    while let Some((prose, fenced)) = rest.split_once("```") {
        let (language, fenced) = fenced.split_once('\n').unwrap();
        let (block, after) = fenced.split_once("```").expect("a code block has an end");
        let indent = &prose[prose.rfind('\n').map_or(0, |end| end + 1)..];
        let lines: Vec<_> = block.lines().map(|line| line.strip_prefix(indent).unwrap_or(line)).collect();
        // The last line is the indent of the closing fence.
        let text = lines.join("\n").trim_end().to_owned() + "\n";
        let target = || prose.rsplit('`').nth(1).expect("words in backticks name the target").to_owned();
        match language {
            "yaml" => steps.push(Step::InsertBelow { line: target(), yaml: text }),
            "rust" => steps.push(Step::Write { path: target(), rust: text }),
            _ => {
                assert_eq!(language, "sh", "unsupported code block");
                steps.extend(text.lines().map(|command| Step::Run { command: command.to_owned() }));
            }
        }
        rest = after;
    }
    steps
}

#[test]
fn steps_have_their_targets_and_no_indent() {
    let page = "\
# Page

## Before

```sh
never
```

## Steps

1. In `a.yaml`, below `  b:`, put

   ```yaml
     c:
       d: 1

     e: 2
   ```

2. Write `f.rs`:

   ```rust
   fn f() {
   }
   ```

   ```sh
   one
   two
   ```

## After

```sh
never
```
";
    assert_eq!(
        steps(page, "## Steps"),
        [
            Step::InsertBelow { line: "  b:".to_owned(), yaml: "  c:\n    d: 1\n\n  e: 2\n".to_owned() },
            Step::Write { path: "f.rs".to_owned(), rust: "fn f() {\n}\n".to_owned() },
            Step::Run { command: "one".to_owned() },
            Step::Run { command: "two".to_owned() },
        ]
    );
}
