/// What a reader of instructions is told to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Put YAML into the contract, directly below a line of it.
    PutBelow { line: String, yaml: String },
    /// Write a file of Rust.
    Write { path: String, rust: String },
    /// Run a command.
    Run { command: String },
}

/// Reads the steps of a section: its code blocks, and what they are for. The last words in backticks before a
/// block of YAML or of Rust say where it goes.
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
        // The last line is the indent of the fence.
        let text = lines.join("\n").trim_end().to_owned() + "\n";
        let place = || prose.rsplit('`').nth(1).expect("words in backticks say where this goes").to_owned();
        match language {
            "yaml" => steps.push(Step::PutBelow { line: place(), yaml: text }),
            "rust" => steps.push(Step::Write { path: place(), rust: text }),
            _ => {
                assert_eq!(language, "sh", "nothing is known about such a block");
                steps.extend(text.lines().map(|command| Step::Run { command: command.to_owned() }));
            }
        }
        rest = after;
    }
    steps
}

#[test]
fn steps_are_read_with_their_places_and_without_their_indents() {
    let page = "\
# Page

## Not this

```sh
never
```

## This

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

## Nor this

```sh
never
```
";
    assert_eq!(
        steps(page, "## This"),
        [
            Step::PutBelow { line: "  b:".to_owned(), yaml: "  c:\n    d: 1\n\n  e: 2\n".to_owned() },
            Step::Write { path: "f.rs".to_owned(), rust: "fn f() {\n}\n".to_owned() },
            Step::Run { command: "one".to_owned() },
            Step::Run { command: "two".to_owned() },
        ]
    );
}
