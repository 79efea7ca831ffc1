//! Values that annotations of Istio's may have.

use std::net::IpAddr;

/// What is wrong with an annotation's value.
pub(super) fn problem(name: &str, value: &str) -> Option<String> {
    let allowed = match name {
        "sidecar.istio.io/interceptionMode" => one_of(
            value,
            &["REDIRECT", "TPROXY", "NONE"],
            "REDIRECT, TPROXY or NONE",
        ),
        "status.sidecar.istio.io/port" => check(is_port(value) || value == "0", "a port"),
        "readiness.status.sidecar.istio.io/initialDelaySeconds"
        | "readiness.status.sidecar.istio.io/periodSeconds"
        | "readiness.status.sidecar.istio.io/failureThreshold" => {
            check(value.parse::<u32>().is_ok(), "a whole number")
        }
        "traffic.sidecar.istio.io/includeOutboundIPRanges" => check(
            value == "*" || each(value, is_range),
            "* or ranges such as 10.0.0.0/8, with commas",
        ),
        "traffic.sidecar.istio.io/excludeOutboundIPRanges" => check(
            each(value, is_range),
            "ranges such as 10.0.0.0/8, with commas",
        ),
        "traffic.sidecar.istio.io/includeInboundPorts"
        | "traffic.sidecar.istio.io/includeOutboundPorts" => check(
            value == "*" || each(value, is_port),
            "* or ports, with commas",
        ),
        "traffic.sidecar.istio.io/excludeInboundPorts"
        | "traffic.sidecar.istio.io/excludeOutboundPorts" => {
            check(each(value, is_port), "ports, with commas")
        }
        "prometheus.istio.io/merge-metrics" | "sidecar.istio.io/rewriteAppHTTPProbers" => {
            one_of(value, &["true", "false"], "true or false")
        }
        "sidecar.istio.io/proxyCPU"
        | "sidecar.istio.io/proxyMemory"
        | "sidecar.istio.io/proxyCPULimit"
        | "sidecar.istio.io/proxyMemoryLimit" => {
            check(is_quantity(value), "a quantity such as 100m or 128Mi")
        }
        "proxy.istio.io/config" => {
            let parsed = crate::view::parsed(value);
            check(
                parsed.is_some_and(|config| config.is_object() || config.is_null()),
                "a ProxyConfig in YAML",
            )
        }
        _ => None,
    };
    allowed.map(|allowed| format!("{value:?} given, allowed: {allowed}"))
}

fn check(is_good: bool, allowed: &'static str) -> Option<&'static str> {
    (!is_good).then_some(allowed)
}

fn one_of(value: &str, words: &[&str], allowed: &'static str) -> Option<&'static str> {
    check(words.contains(&value), allowed)
}

/// Whether each of the parts between commas is good; none is good, too.
fn each(value: &str, is_good: fn(&str) -> bool) -> bool {
    value.trim().is_empty() || value.split(',').all(|part| is_good(part.trim()))
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

fn is_quantity(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &text[number.len()..];
    let suffixes = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    suffixes.contains(&suffix) && number.parse::<f64>().is_ok_and(f64::is_finite)
        || text.parse::<f64>().is_ok_and(f64::is_finite)
}
