//! The processes of a fleet, and what they report.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

pub(crate) struct Fleet {
    url: String,
    store: Option<String>,
    processes: Vec<Process>,
    events: Receiver<Event>,
    sender: Sender<Event>,
    pub(crate) observed: Observed,
}

/// What processes reported in a scenario.
#[derive(Default)]
pub(crate) struct Observed {
    /// The time that each process waited for its first token.
    pub(crate) first_tokens: Vec<Duration>,
    pub(crate) served: u64,
    pub(crate) failures: Vec<String>,
}

/// A process of the fleet, which is killed when it is dropped.
struct Process {
    child: Child,
    input: ChildStdin,
}

enum Event {
    Ready,
    FirstToken(Duration),
    Served,
    Failed(String),
}

impl Fleet {
    /// Starts processes that wait for [`go`](Self::go).
    pub(crate) fn start(url: &str, store: Option<&str>, count: usize) -> Result<Self, Box<dyn Error>> {
        let (sender, events) = mpsc::channel();
        let mut fleet = Self {
            url: url.to_owned(),
            store: store.map(str::to_owned),
            processes: Vec::new(),
            events,
            sender,
            observed: Observed::default(),
        };
        fleet.add(count)?;
        Ok(fleet)
    }

    /// Lets all processes that wait request their first token at once, and waits for them.
    pub(crate) fn go(&mut self) -> Result<(), Box<dyn Error>> {
        self.release(0)
    }

    /// Replaces every process, some at a time.
    pub(crate) fn roll(&mut self, at_once: usize) -> Result<(), Box<dyn Error>> {
        let count = self.processes.len();
        for _ in (0..count).step_by(at_once) {
            self.processes.drain(..at_once.min(self.processes.len()));
            let remaining = self.processes.len();
            self.add(at_once.min(count - remaining))?;
            self.release(remaining)?;
        }
        Ok(())
    }

    /// Lets the fleet work for some time.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.run_until(|_| Instant::now() >= end);
    }

    /// Returns what was observed since the last call.
    pub(crate) fn take_observed(&mut self) -> Observed {
        std::mem::take(&mut self.observed)
    }

    fn add(&mut self, count: usize) -> Result<(), Box<dyn Error>> {
        for _ in 0..count {
            self.processes.push(Process::start(&self.url, self.store.as_deref(), self.sender.clone())?);
        }
        let mut ready = 0;
        while ready < count {
            match self.events.recv_timeout(Duration::from_secs(60))? {
                Event::Ready => ready += 1,
                event => self.observed.add(event),
            }
        }
        Ok(())
    }

    fn release(&mut self, from: usize) -> Result<(), Box<dyn Error>> {
        let goal = self.observed.first_tokens.len() + self.processes.len() - from;
        for process in &mut self.processes[from..] {
            process.input.write_all(b"go\n")?;
        }
        let end = Instant::now() + Duration::from_secs(60);
        self.run_until(|observed| observed.first_tokens.len() >= goal || Instant::now() >= end);
        Ok(())
    }

    fn run_until(&mut self, is_over: impl Fn(&Observed) -> bool) {
        while !is_over(&self.observed) {
            if let Ok(event) = self.events.recv_timeout(Duration::from_millis(20)) {
                self.observed.add(event);
            }
        }
    }
}

impl Observed {
    fn add(&mut self, event: Event) {
        match event {
            Event::Ready => {}
            Event::FirstToken(time) => self.first_tokens.push(time),
            Event::Served => self.served += 1,
            Event::Failed(message) => self.failures.push(message),
        }
    }
}

impl Process {
    fn start(url: &str, store: Option<&str>, events: Sender<Event>) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--member", "--url", url]);
        if let Some(store) = store {
            command.args(["--store", store]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if events.send(Event::parse(&line)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, input })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Event {
    fn parse(line: &str) -> Self {
        match line.split_once(' ') {
            None if line == "ready" => Self::Ready,
            None if line == "served" => Self::Served,
            Some(("first", time)) => time.parse().map_or_else(
                |_| Self::Failed(line.to_owned()),
                |time| Self::FirstToken(Duration::from_micros(time)),
            ),
            _ => Self::Failed(line.to_owned()),
        }
    }
}
