package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"mainsheet.dev/hack/injection/bundle"
)

// target is an endpoint of the application that the agent scrapes.
type target struct {
	Port string `json:"port"`
	Path string `json:"path"`
}

// scrape is what the pod's annotations ask of Prometheus.
type scrape struct {
	Scrape  string   `json:"scrape"`
	Path    string   `json:"path"`
	Port    string   `json:"port"`
	Targets []target `json:"targets,omitempty"`
}

// Ports of the proxy itself: merging their metrics in would count them twice.
var proxyPorts = []int{15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090}

// mergeMetrics points Prometheus at the agent, which serves the application's metrics with the proxy's.
func (i *Injector) mergeMetrics(pod *corev1.Pod) error {
	asked := scrapeOf(pod)
	agent := fmt.Sprint(i.Mesh.DefaultConfig.StatusPort)
	unwanted, err := strconv.ParseBool(asked.Scrape)
	if (err == nil && !unwanted) || !i.wantsMerge(pod) || asked.Port == agent {
		return i.nameSecurePort(pod)
	}
	if !i.Version.AtLeast(since131) {
		asked.Targets = nil
	} else if err := asked.check(agent); err != nil {
		return err
	}
	proxy := findIn(pod, proxyName)
	if proxy != nil && (asked.Scrape != "" || asked.Path != "" || asked.Port != "" || len(asked.Targets) > 0) {
		text, err := json.Marshal(asked)
		if err != nil {
			return err
		}
		proxy.Env = append(proxy.Env, corev1.EnvVar{Name: "ISTIO_PROMETHEUS_ANNOTATIONS", Value: string(text)})
	}
	clearScrape(pod, i.Version)
	annotate(pod, "prometheus.io/port", agent)
	annotate(pod, "prometheus.io/path", "/stats/prometheus")
	annotate(pod, "prometheus.io/scrape", "true")
	return i.nameSecurePort(pod)
}

func (i *Injector) wantsMerge(pod *corev1.Pod) bool {
	if wanted, err := strconv.ParseBool(pod.Annotations["prometheus.istio.io/merge-metrics"]); err == nil {
		return wanted
	}
	return i.Mesh.GetEnablePrometheusMerge().GetValue()
}

// check refuses ports that cannot be the application's. The first target also takes the place of port and path.
func (s *scrape) check(agent string) error {
	ports := []string{}
	for _, t := range s.Targets {
		ports = append(ports, t.Port)
	}
	if len(s.Targets) > 0 {
		s.Port, s.Path = s.Targets[0].Port, s.Targets[0].Path
	} else if s.Port != "" {
		ports = append(ports, s.Port)
	}
	for _, port := range ports {
		number, err := strconv.Atoi(port)
		if err != nil || number < 1 || number > 65535 {
			return fmt.Errorf("port %q to scrape is no port", port)
		}
		if slices.Contains(proxyPorts, number) || strconv.Itoa(number) == agent {
			return fmt.Errorf("port %s to scrape is the proxy's own", port)
		}
	}
	return nil
}

// nameSecurePort tells Prometheus of the port where the agent serves over mutual TLS, since 1.31.
func (i *Injector) nameSecurePort(pod *corev1.Pod) error {
	proxy := findIn(pod, proxyName)
	if proxy == nil || !i.Version.AtLeast(since131) {
		return nil
	}
	for name := range pod.Annotations {
		if canonical(name) == "prometheus_istio_io_secure_port" {
			return nil
		}
	}
	for _, item := range proxy.Env {
		if item.Name == "ENVOY_SECURE_MERGED_METRICS_PORT" && item.Value != "" && item.Value != "0" {
			annotate(pod, "prometheus.istio.io/secure-port", item.Value)
			return nil
		}
	}
	return nil
}

// canonical is the label that Prometheus makes of an annotation's name: different names may mean the same.
func canonical(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '_'
	}, name)
}

func scrapeOf(pod *corev1.Pod) scrape {
	var asked scrape
	for name, value := range pod.Annotations {
		switch canonical(name) {
		case "prometheus_io_scrape":
			asked.Scrape = value
		case "prometheus_io_path":
			asked.Path = value
		case "prometheus_io_port":
			asked.Port = value
		case "prometheus_istio_io_scrape_targets":
			asked.Targets = targets(value)
		}
	}
	return asked
}

// targets reads "port:path,port:path". A list with an item without port counts as none.
func targets(text string) []target {
	var out []target
	for _, item := range strings.Split(text, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		port, path, _ := strings.Cut(item, ":")
		t := target{Port: strings.TrimSpace(port), Path: strings.TrimSpace(path)}
		if t.Port == "" {
			return nil
		}
		if t.Path == "" {
			t.Path = "/metrics"
		}
		out = append(out, t)
	}
	return out
}

// clearScrape removes what scrapeOf reads, under whatever spelling.
func clearScrape(pod *corev1.Pod, version bundle.Minor) {
	for name := range pod.Annotations {
		switch canonical(name) {
		case "prometheus_io_scrape", "prometheus_io_path", "prometheus_io_port":
			delete(pod.Annotations, name)
		case "prometheus_istio_io_scrape_targets":
			if version.AtLeast(since131) {
				delete(pod.Annotations, name)
			}
		}
	}
}
