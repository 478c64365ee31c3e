//! The text that Prometheus reads: <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.

use std::fmt::{Display, Write as _};

use super::{Histogram, process::usage};

/// The text's media type.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Durations in buckets.
    Histogram,
}

/// A text under construction.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a family of numbers; those that follow are its.
    pub fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// One number of a family, by its labels.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels = spelled(labels, None);
        self.line(format_args!("{name}{labels} {value}"));
    }

    /// A family of one number.
    pub fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// The numbers of one histogram of a family.
    pub fn histogram(&mut self, name: &str, labels: &[(&str, &str)], histogram: &Histogram) {
        let mut count = 0;
        for (end, below) in histogram.cumulative() {
            let end = if end.is_finite() {
                end.to_string()
            } else {
                "+Inf".to_owned()
            };
            let labels = spelled(labels, Some(&end));
            self.line(format_args!("{name}_bucket{labels} {below}"));
            count = below;
        }
        let labels = spelled(labels, None);
        self.line(format_args!("{name}_sum{labels} {}", histogram.sum()));
        self.line(format_args!("{name}_count{labels} {count}"));
    }

    /// What the whole process takes of the machine, where the system says so.
    pub fn process(&mut self) {
        if let Some(usage) = usage() {
            self.single(
                "process_resident_memory_bytes",
                Kind::Gauge,
                "Memory of the whole process.",
                usage.resident,
            );
            self.single(
                "process_cpu_seconds_total",
                Kind::Counter,
                "Processor time of the whole process.",
                usage.cpu,
            );
        }
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing into a text does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

/// `{a="1",le="0.5"}`, or nothing.
fn spelled(labels: &[(&str, &str)], end: Option<&str>) -> String {
    let all = labels.iter().copied().chain(end.map(|end| ("le", end)));
    let pairs: Vec<String> = all
        .map(|(name, value)| {
            let value = value
                .replace('\\', r"\\")
                .replace('"', r#"\""#)
                .replace('\n', r"\n");
            format!(r#"{name}="{value}""#)
        })
        .collect();
    if pairs.is_empty() {
        return String::new();
    }
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_are_spelled_as_prometheus_reads_them() {
        let mut text = Exposition::default();
        text.single("queue", Kind::Gauge, "Waiting.", 7);
        text.family("requests_total", Kind::Counter, "Answered.");
        text.sample(
            "requests_total",
            &[("route", r#"a"\b"#), ("status", "2xx")],
            3,
        );
        let histogram = Histogram::default();
        histogram.note(Duration::from_secs(3));
        text.histogram("took_seconds", &[("route", "x")], &histogram);
        let text = text.into_text();
        assert!(
            text.starts_with("# HELP queue Waiting.\n# TYPE queue gauge\nqueue 7\n"),
            "{text}"
        );
        assert!(
            text.contains(r#"requests_total{route="a\"\\b",status="2xx"} 3"#),
            "{text}"
        );
        assert!(
            text.contains(r#"took_seconds_bucket{route="x",le="2.5"} 0"#),
            "{text}"
        );
        assert!(
            text.contains(r#"took_seconds_bucket{route="x",le="+Inf"} 1"#),
            "{text}"
        );
        assert!(
            text.ends_with("took_seconds_sum{route=\"x\"} 3\ntook_seconds_count{route=\"x\"} 1\n"),
            "{text}"
        );
    }
}
