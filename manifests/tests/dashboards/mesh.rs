//! The mesh as a whole, and what talks in it: by service, by workload.
//!
//! Requests are counted once: by the proxy of whoever asks, or by the waypoint.

use super::model::{Dashboard, Row, Variable, lines, number, table};

pub(crate) const MESH: Dashboard = Dashboard {
    file: "mesh",
    title: "Istio mesh",
    variables: &[],
    rows: &[
        Row(
            "Now",
            &[
                number(
                    "Requests",
                    "reqps",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter=~"source|waypoint"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "Success",
                    "percentunit",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter=~"source|waypoint",response_code!~"5.."}[$__rate_interval])) / sum(rate(istio_requests_total{reporter=~"source|waypoint"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "Refused (4xx)",
                    "reqps",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter=~"source|waypoint",response_code=~"4.."}[$__rate_interval])) or vector(0)"#,
                        "",
                    )],
                ),
                number(
                    "Failed (5xx)",
                    "reqps",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter=~"source|waypoint",response_code=~"5.."}[$__rate_interval])) or vector(0)"#,
                        "",
                    )],
                ),
                number(
                    "TCP traffic",
                    "Bps",
                    &[(
                        r#"sum(rate(istio_tcp_sent_bytes_total{reporter="source"}[$__rate_interval])) + sum(rate(istio_tcp_received_bytes_total{reporter="source"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number("Connected proxies", "short", &[("sum(pilot_xds)", "")]),
            ],
        ),
        Row(
            "Over time",
            &[
                lines(
                    "Requests by response",
                    "reqps",
                    &[(
                        r#"sum by (response_code) (rate(istio_requests_total{reporter=~"source|waypoint"}[$__rate_interval]))"#,
                        "{{response_code}}",
                    )],
                ),
                lines(
                    "Latency",
                    "ms",
                    &[
                        (
                            r#"histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint"}[$__rate_interval])))"#,
                            "p50",
                        ),
                        (
                            r#"histogram_quantile(0.9, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint"}[$__rate_interval])))"#,
                            "p90",
                        ),
                        (
                            r#"histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint"}[$__rate_interval])))"#,
                            "p99",
                        ),
                    ],
                ),
                lines(
                    "Requests by protection",
                    "reqps",
                    &[(
                        r#"sum by (connection_security_policy) (rate(istio_requests_total{reporter="destination"}[$__rate_interval]))"#,
                        "{{connection_security_policy}}",
                    )],
                ),
            ],
        ),
        Row(
            "Services",
            &[
                table(
                    "HTTP and gRPC",
                    "short",
                    &[
                        (
                            r#"sum by (destination_service) (rate(istio_requests_total{reporter=~"source|waypoint"}[5m]))"#,
                            "Requests a second",
                        ),
                        (
                            r#"sum by (destination_service) (rate(istio_requests_total{reporter=~"source|waypoint",response_code!~"5.."}[5m])) / sum by (destination_service) (rate(istio_requests_total{reporter=~"source|waypoint"}[5m]))"#,
                            "Success",
                        ),
                        (
                            r#"histogram_quantile(0.5, sum by (destination_service, le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint"}[5m])))"#,
                            "p50, ms",
                        ),
                        (
                            r#"histogram_quantile(0.99, sum by (destination_service, le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint"}[5m])))"#,
                            "p99, ms",
                        ),
                    ],
                ),
                table(
                    "TCP",
                    "short",
                    &[
                        (
                            r#"sum by (destination_service) (rate(istio_tcp_connections_opened_total{reporter="source"}[5m]))"#,
                            "Opened a second",
                        ),
                        (
                            r#"sum by (destination_service) (rate(istio_tcp_sent_bytes_total{reporter="source"}[5m]))"#,
                            "Answered, bytes a second",
                        ),
                        (
                            r#"sum by (destination_service) (rate(istio_tcp_received_bytes_total{reporter="source"}[5m]))"#,
                            "Asked, bytes a second",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "Versions",
            &[lines(
                "Components",
                "short",
                &[(
                    "sum by (component, tag) (istio_build)",
                    "{{component}} {{tag}}",
                )],
            )],
        ),
    ],
};

pub(crate) const SERVICE: Dashboard = Dashboard {
    file: "service",
    title: "Istio service",
    variables: &[
        Variable {
            name: "namespace",
            title: "Namespace",
            of: ("istio_requests_total", "destination_service_namespace"),
            many: true,
        },
        Variable {
            name: "service",
            title: "Service",
            of: (
                r#"{__name__=~"istio_requests_total|istio_tcp_connections_opened_total",destination_service_namespace=~"$namespace"}"#,
                "destination_service",
            ),
            many: false,
        },
    ],
    rows: &[
        Row(
            "Now",
            &[
                number(
                    "Requests",
                    "reqps",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "Success",
                    "percentunit",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter=~"source|waypoint",destination_service="$service",response_code!~"5.."}[$__rate_interval])) / sum(rate(istio_requests_total{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "p99",
                    "ms",
                    &[(
                        r#"histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval])))"#,
                        "",
                    )],
                ),
                number(
                    "Opened connections",
                    "cps",
                    &[(
                        r#"sum(rate(istio_tcp_connections_opened_total{reporter="source",destination_service="$service"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
            ],
        ),
        Row(
            "As its clients see it",
            &[
                lines(
                    "Requests by response",
                    "reqps",
                    &[(
                        r#"sum by (response_code, response_flags) (rate(istio_requests_total{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval]))"#,
                        "{{response_code}} {{response_flags}}",
                    )],
                ),
                lines(
                    "Requests by client",
                    "reqps",
                    &[(
                        r#"sum by (source_workload, source_workload_namespace) (rate(istio_requests_total{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval]))"#,
                        "{{source_workload}}.{{source_workload_namespace}}",
                    )],
                ),
                lines(
                    "Latency",
                    "ms",
                    &[
                        (
                            r#"histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval])))"#,
                            "p50",
                        ),
                        (
                            r#"histogram_quantile(0.9, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval])))"#,
                            "p90",
                        ),
                        (
                            r#"histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter=~"source|waypoint",destination_service="$service"}[$__rate_interval])))"#,
                            "p99",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "As its workloads see it",
            &[
                lines(
                    "Requests by workload",
                    "reqps",
                    &[(
                        r#"sum by (destination_workload, destination_version) (rate(istio_requests_total{reporter="destination",destination_service="$service"}[$__rate_interval]))"#,
                        "{{destination_workload}} {{destination_version}}",
                    )],
                ),
                lines(
                    "p99 by workload",
                    "ms",
                    &[(
                        r#"histogram_quantile(0.99, sum by (destination_workload, le) (rate(istio_request_duration_milliseconds_bucket{reporter="destination",destination_service="$service"}[$__rate_interval])))"#,
                        "{{destination_workload}}",
                    )],
                ),
                lines(
                    "Sizes, p99",
                    "bytes",
                    &[
                        (
                            r#"histogram_quantile(0.99, sum by (le) (rate(istio_request_bytes_bucket{reporter="destination",destination_service="$service"}[$__rate_interval])))"#,
                            "requests",
                        ),
                        (
                            r#"histogram_quantile(0.99, sum by (le) (rate(istio_response_bytes_bucket{reporter="destination",destination_service="$service"}[$__rate_interval])))"#,
                            "responses",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "TCP",
            &[
                lines(
                    "Connections",
                    "cps",
                    &[
                        (
                            r#"sum(rate(istio_tcp_connections_opened_total{reporter="source",destination_service="$service"}[$__rate_interval]))"#,
                            "opened",
                        ),
                        (
                            r#"sum(rate(istio_tcp_connections_closed_total{reporter="source",destination_service="$service"}[$__rate_interval]))"#,
                            "closed",
                        ),
                    ],
                ),
                lines(
                    "Traffic",
                    "Bps",
                    &[
                        (
                            r#"sum(rate(istio_tcp_received_bytes_total{reporter="source",destination_service="$service"}[$__rate_interval]))"#,
                            "asked",
                        ),
                        (
                            r#"sum(rate(istio_tcp_sent_bytes_total{reporter="source",destination_service="$service"}[$__rate_interval]))"#,
                            "answered",
                        ),
                    ],
                ),
            ],
        ),
    ],
};

pub(crate) const WORKLOAD: Dashboard = Dashboard {
    file: "workload",
    title: "Istio workload",
    variables: &[
        Variable {
            name: "namespace",
            title: "Namespace",
            of: (
                r#"{__name__=~"istio_requests_total|istio_tcp_connections_opened_total"}"#,
                "destination_workload_namespace",
            ),
            many: false,
        },
        Variable {
            name: "workload",
            title: "Workload",
            of: (
                r#"{__name__=~"istio_requests_total|istio_tcp_connections_opened_total",destination_workload_namespace="$namespace"}"#,
                "destination_workload",
            ),
            many: false,
        },
    ],
    rows: &[
        Row(
            "Now",
            &[
                number(
                    "Requests in",
                    "reqps",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "Success in",
                    "percentunit",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload",response_code!~"5.."}[$__rate_interval])) / sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "Requests out",
                    "reqps",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
                number(
                    "Success out",
                    "percentunit",
                    &[(
                        r#"sum(rate(istio_requests_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload",response_code!~"5.."}[$__rate_interval])) / sum(rate(istio_requests_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
            ],
        ),
        Row(
            "In",
            &[
                lines(
                    "Requests by response",
                    "reqps",
                    &[(
                        r#"sum by (response_code, connection_security_policy) (rate(istio_requests_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval]))"#,
                        "{{response_code}} {{connection_security_policy}}",
                    )],
                ),
                lines(
                    "Requests by client",
                    "reqps",
                    &[(
                        r#"sum by (source_workload, source_workload_namespace) (rate(istio_requests_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval]))"#,
                        "{{source_workload}}.{{source_workload_namespace}}",
                    )],
                ),
                lines(
                    "Latency",
                    "ms",
                    &[
                        (
                            r#"histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval])))"#,
                            "p50",
                        ),
                        (
                            r#"histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval])))"#,
                            "p99",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "Out",
            &[
                lines(
                    "Requests by service",
                    "reqps",
                    &[(
                        r#"sum by (destination_service) (rate(istio_requests_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload"}[$__rate_interval]))"#,
                        "{{destination_service}}",
                    )],
                ),
                lines(
                    "Failures by service",
                    "reqps",
                    &[(
                        r#"sum by (destination_service, response_code, response_flags) (rate(istio_requests_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload",response_code=~"0|5.."}[$__rate_interval]))"#,
                        "{{destination_service}} {{response_code}} {{response_flags}}",
                    )],
                ),
                lines(
                    "p99 by service",
                    "ms",
                    &[(
                        r#"histogram_quantile(0.99, sum by (destination_service, le) (rate(istio_request_duration_milliseconds_bucket{reporter="source",source_workload_namespace="$namespace",source_workload="$workload"}[$__rate_interval])))"#,
                        "{{destination_service}}",
                    )],
                ),
            ],
        ),
        Row(
            "TCP",
            &[
                lines(
                    "In",
                    "Bps",
                    &[
                        (
                            r#"sum(rate(istio_tcp_received_bytes_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval]))"#,
                            "received",
                        ),
                        (
                            r#"sum(rate(istio_tcp_sent_bytes_total{reporter="destination",destination_workload_namespace="$namespace",destination_workload="$workload"}[$__rate_interval]))"#,
                            "sent",
                        ),
                    ],
                ),
                lines(
                    "Out",
                    "Bps",
                    &[
                        (
                            r#"sum by (destination_service) (rate(istio_tcp_received_bytes_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload"}[$__rate_interval]))"#,
                            "to {{destination_service}}",
                        ),
                        (
                            r#"sum by (destination_service) (rate(istio_tcp_sent_bytes_total{reporter="source",source_workload_namespace="$namespace",source_workload="$workload"}[$__rate_interval]))"#,
                            "from {{destination_service}}",
                        ),
                    ],
                ),
            ],
        ),
    ],
};
