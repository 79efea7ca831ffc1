//! What runs the mesh: control plane, ztunnel, and the operator.

use super::model::{Dashboard, Row, Variable, lines, number, table};

pub(crate) const CONTROL_PLANE: Dashboard = Dashboard {
    file: "control-plane",
    title: "Istio control plane",
    variables: &[Variable {
        name: "revision",
        title: "Revision",
        of: (r#"pilot_info{app="istiod"}"#, "istio_io_rev"),
        many: true,
    }],
    rows: &[
        Row(
            "Now",
            &[
                number(
                    "Instances",
                    "short",
                    &[(
                        r#"count(up{job="istiod",istio_io_rev=~"$revision"} == 1)"#,
                        "",
                    )],
                ),
                number(
                    "Connected proxies",
                    "short",
                    &[(r#"sum(pilot_xds{istio_io_rev=~"$revision"})"#, "")],
                ),
                number(
                    "Rejected configuration",
                    "short",
                    &[(
                        r#"sum(increase(pilot_total_xds_rejects{istio_io_rev=~"$revision"}[5m])) or vector(0)"#,
                        "",
                    )],
                ),
                number(
                    "Convergence, p99",
                    "s",
                    &[(
                        r#"histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket{istio_io_rev=~"$revision"}[5m])))"#,
                        "",
                    )],
                ),
                number(
                    "Failed injections",
                    "short",
                    &[(
                        r#"sum(increase(sidecar_injection_failure_total{istio_io_rev=~"$revision"}[5m])) or vector(0)"#,
                        "",
                    )],
                ),
                number(
                    "Root certificate expires in",
                    "s",
                    &[(
                        r#"min(citadel_server_root_cert_expiry_timestamp{istio_io_rev=~"$revision"}) - time()"#,
                        "",
                    )],
                ),
            ],
        ),
        Row(
            "Pushes",
            &[
                lines(
                    "Pushes by type",
                    "ops",
                    &[(
                        r#"sum by (type) (rate(pilot_xds_pushes{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                        "{{type}}",
                    )],
                ),
                lines(
                    "Convergence",
                    "s",
                    &[
                        (
                            r#"histogram_quantile(0.5, sum by (le) (rate(pilot_proxy_convergence_time_bucket{istio_io_rev=~"$revision"}[$__rate_interval])))"#,
                            "p50",
                        ),
                        (
                            r#"histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket{istio_io_rev=~"$revision"}[$__rate_interval])))"#,
                            "p99",
                        ),
                    ],
                ),
                lines(
                    "What causes pushes",
                    "ops",
                    &[(
                        r#"sum by (type) (rate(pilot_push_triggers{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                        "{{type}}",
                    )],
                ),
                lines(
                    "Errors",
                    "ops",
                    &[
                        (
                            r#"sum(rate(pilot_total_xds_internal_errors{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "internal",
                        ),
                        (
                            r#"sum(rate(pilot_total_xds_rejects{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "rejected by proxies",
                        ),
                        (
                            r#"sum(rate(pilot_xds_write_timeout{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "timed out",
                        ),
                    ],
                ),
                lines(
                    "Proxies by instance",
                    "short",
                    &[(
                        r#"sum by (pod, version) (pilot_xds{istio_io_rev=~"$revision"})"#,
                        "{{pod}} {{version}}",
                    )],
                ),
                lines(
                    "What is known",
                    "short",
                    &[
                        (
                            r#"max(pilot_services{istio_io_rev=~"$revision"})"#,
                            "Services",
                        ),
                        (
                            r#"max(pilot_virt_services{istio_io_rev=~"$revision"})"#,
                            "VirtualServices",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "Admission and certificates",
            &[
                lines(
                    "Validation",
                    "ops",
                    &[
                        (
                            r#"sum(rate(galley_validation_passed{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "accepted",
                        ),
                        (
                            r#"sum by (reason) (rate(galley_validation_failed{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "refused {{reason}}",
                        ),
                    ],
                ),
                lines(
                    "Injection",
                    "ops",
                    &[
                        (
                            r#"sum(rate(sidecar_injection_success_total{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "done",
                        ),
                        (
                            r#"sum(rate(sidecar_injection_failure_total{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "failed",
                        ),
                    ],
                ),
                lines(
                    "Certificates",
                    "ops",
                    &[
                        (
                            r#"sum(rate(citadel_server_csr_count{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "asked for",
                        ),
                        (
                            r#"sum(rate(citadel_server_success_cert_issuance_count{istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                            "issued",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "Resources",
            &[
                lines(
                    "CPU",
                    "short",
                    &[(
                        r#"sum by (pod) (rate(process_cpu_seconds_total{job="istiod",istio_io_rev=~"$revision"}[$__rate_interval]))"#,
                        "{{pod}}",
                    )],
                ),
                lines(
                    "Memory",
                    "bytes",
                    &[(
                        r#"sum by (pod) (process_resident_memory_bytes{job="istiod",istio_io_rev=~"$revision"})"#,
                        "{{pod}}",
                    )],
                ),
                lines(
                    "Goroutines",
                    "short",
                    &[(
                        r#"sum by (pod) (go_goroutines{job="istiod",istio_io_rev=~"$revision"})"#,
                        "{{pod}}",
                    )],
                ),
            ],
        ),
    ],
};

pub(crate) const ZTUNNEL: Dashboard = Dashboard {
    file: "ztunnel",
    title: "Istio ztunnel",
    variables: &[Variable {
        name: "pod",
        title: "Pod",
        of: (r#"istio_build{component="ztunnel"}"#, "pod"),
        many: true,
    }],
    rows: &[
        Row(
            "Now",
            &[
                number(
                    "Instances",
                    "short",
                    &[(r#"count(up{job="ztunnel"} == 1)"#, "")],
                ),
                number(
                    "Pods served",
                    "short",
                    &[(
                        r#"sum(workload_manager_active_proxy_count{pod=~"$pod"})"#,
                        "",
                    )],
                ),
                number(
                    "Pods waiting",
                    "short",
                    &[(
                        r#"sum(workload_manager_pending_proxy_count{pod=~"$pod"})"#,
                        "",
                    )],
                ),
                number(
                    "Opened connections",
                    "cps",
                    &[(
                        r#"sum(rate(istio_tcp_connections_opened_total{job="ztunnel",pod=~"$pod"}[$__rate_interval]))"#,
                        "",
                    )],
                ),
            ],
        ),
        Row(
            "Traffic",
            &[
                lines(
                    "Connections",
                    "cps",
                    &[
                        (
                            r#"sum by (pod) (rate(istio_tcp_connections_opened_total{job="ztunnel",pod=~"$pod"}[$__rate_interval]))"#,
                            "opened {{pod}}",
                        ),
                        (
                            r#"sum by (pod) (rate(istio_tcp_connections_closed_total{job="ztunnel",pod=~"$pod"}[$__rate_interval]))"#,
                            "closed {{pod}}",
                        ),
                    ],
                ),
                lines(
                    "Bytes",
                    "Bps",
                    &[
                        (
                            r#"sum by (pod) (rate(istio_tcp_sent_bytes_total{job="ztunnel",pod=~"$pod"}[$__rate_interval]))"#,
                            "sent {{pod}}",
                        ),
                        (
                            r#"sum by (pod) (rate(istio_tcp_received_bytes_total{job="ztunnel",pod=~"$pod"}[$__rate_interval]))"#,
                            "received {{pod}}",
                        ),
                    ],
                ),
                lines(
                    "DNS",
                    "ops",
                    &[(
                        r#"sum by (pod) (rate(istio_dns_requests_total{pod=~"$pod"}[$__rate_interval]))"#,
                        "{{pod}}",
                    )],
                ),
            ],
        ),
        Row(
            "Control plane",
            &[
                lines(
                    "Ended connections to istiod",
                    "ops",
                    &[(
                        r#"sum by (pod, reason) (rate(istio_xds_connection_terminations_total{pod=~"$pod"}[$__rate_interval]))"#,
                        "{{pod}} {{reason}}",
                    )],
                ),
                lines(
                    "Messages",
                    "ops",
                    &[(
                        r#"sum by (url) (rate(istio_xds_message_total{pod=~"$pod"}[$__rate_interval]))"#,
                        "{{url}}",
                    )],
                ),
                lines(
                    "Versions",
                    "short",
                    &[(
                        r#"sum by (tag) (istio_build{component="ztunnel"})"#,
                        "{{tag}}",
                    )],
                ),
            ],
        ),
        Row(
            "Resources",
            &[
                lines(
                    "CPU",
                    "short",
                    &[(
                        r#"sum by (pod) (rate(container_cpu_usage_seconds_total{container="istio-proxy",pod=~"ztunnel-.*"}[$__rate_interval]))"#,
                        "{{pod}}",
                    )],
                ),
                lines(
                    "Memory",
                    "bytes",
                    &[(
                        r#"sum by (pod) (container_memory_working_set_bytes{container="istio-proxy",pod=~"ztunnel-.*"})"#,
                        "{{pod}}",
                    )],
                ),
            ],
        ),
    ],
};

pub(crate) const OPERATOR: Dashboard = Dashboard {
    file: "operator",
    title: "Mainsheet operator",
    variables: &[Variable {
        name: "installation",
        title: "Installation",
        of: ("mainsheet_ready", "installation"),
        many: true,
    }],
    rows: &[
        Row(
            "Now",
            &[
                number("Installations", "short", &[("count(mainsheet_ready)", "")]),
                number(
                    "Not ready",
                    "short",
                    &[(
                        r#"count(mainsheet_ready{installation=~"$installation"} == 0) or vector(0)"#,
                        "",
                    )],
                ),
                number("Leaders", "short", &[("sum(mainsheet_leader)", "")]),
                number(
                    "Writes",
                    "ops",
                    &[("sum(rate(mainsheet_writes_total[$__rate_interval]))", "")],
                ),
                number(
                    "Failed watches",
                    "short",
                    &[(
                        "sum(increase(mainsheet_watch_errors_total[5m])) or vector(0)",
                        "",
                    )],
                ),
            ],
        ),
        Row(
            "Reconciles",
            &[
                lines(
                    "By outcome",
                    "ops",
                    &[(
                        r#"sum by (installation, outcome) (rate(mainsheet_reconciles_total{installation=~"$installation"}[$__rate_interval]))"#,
                        "{{installation}} {{outcome}}",
                    )],
                ),
                lines(
                    "Time",
                    "s",
                    &[
                        (
                            "histogram_quantile(0.5, sum by (le) (rate(mainsheet_reconcile_duration_seconds_bucket[$__rate_interval])))",
                            "p50",
                        ),
                        (
                            "histogram_quantile(0.99, sum by (le) (rate(mainsheet_reconcile_duration_seconds_bucket[$__rate_interval])))",
                            "p99",
                        ),
                    ],
                ),
                lines(
                    "Ready",
                    "short",
                    &[(
                        r#"mainsheet_ready{installation=~"$installation"}"#,
                        "{{installation}}",
                    )],
                ),
            ],
        ),
        Row(
            "What it does",
            &[
                lines(
                    "Writes by reason",
                    "ops",
                    &[(
                        "sum by (action, reason) (rate(mainsheet_writes_total[$__rate_interval]))",
                        "{{action}} {{reason}}",
                    )],
                ),
                lines(
                    "Watch events",
                    "ops",
                    &[(
                        "sum by (kind) (rate(mainsheet_watch_events_total[$__rate_interval]))",
                        "{{kind}}",
                    )],
                ),
                lines(
                    "Failed watches",
                    "ops",
                    &[(
                        "sum by (kind) (rate(mainsheet_watch_errors_total[$__rate_interval]))",
                        "{{kind}}",
                    )],
                ),
                table(
                    "What was written in the last hour",
                    "short",
                    &[(
                        "sum by (kind, action, reason) (increase(mainsheet_writes_total[1h])) > 0",
                        "Writes",
                    )],
                ),
            ],
        ),
        Row(
            "Resources",
            &[
                lines(
                    "CPU",
                    "short",
                    &[(
                        r#"sum by (pod) (rate(container_cpu_usage_seconds_total{container="operator",pod=~"mainsheet-operator-.*"}[$__rate_interval]))"#,
                        "{{pod}}",
                    )],
                ),
                lines(
                    "Memory",
                    "bytes",
                    &[(
                        r#"sum by (pod) (container_memory_working_set_bytes{container="operator",pod=~"mainsheet-operator-.*"})"#,
                        "{{pod}}",
                    )],
                ),
            ],
        ),
    ],
};
