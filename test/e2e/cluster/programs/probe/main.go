// Command probe is what the cluster's own test runs in pods. Without arguments it answers on TCP 8080 (HTTP) and UDP 9000 with
// its name and the caller's address. With two, it asks or touches a file once:
//
//	probe http URL | probe udp HOST:PORT | probe dns NAME | probe write FILE | probe read FILE
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const timeout = 3 * time.Second

func main() {
	var err error
	if len(os.Args) == 3 {
		err = once(os.Args[1], os.Args[2])
	} else {
		err = serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func serve() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	conn, err := net.ListenPacket("udp", ":9000")
	if err != nil {
		return err
	}
	go func() {
		buf := make([]byte, 1500)
		for {
			if _, from, err := conn.ReadFrom(buf); err == nil {
				fmt.Fprintf(packetWriter{conn, from}, "%s saw %s\n", host, from)
			}
		}
	}()
	fmt.Println("probe is up on", host)
	return http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s saw %s\n", host, r.RemoteAddr)
	}))
}

type packetWriter struct {
	conn net.PacketConn
	to   net.Addr
}

func (w packetWriter) Write(b []byte) (int, error) { return w.conn.WriteTo(b, w.to) }

func once(verb, what string) error {
	switch verb {
	case "http":
		client := http.Client{Timeout: timeout}
		res, err := client.Get(what)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(os.Stdout, res.Body)
		return err
	case "udp":
		conn, err := net.Dial("udp", what)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
			return err
		}
		if _, err := conn.Write([]byte("who am I?")); err != nil {
			return err
		}
		buf := make([]byte, 1500)
		n, err := conn.Read(buf)
		os.Stdout.Write(buf[:n])
		return err
	case "dns":
		addresses, err := net.LookupHost(what)
		fmt.Println(addresses)
		return err
	case "write":
		return os.WriteFile(what, []byte("kept"), 0o644)
	case "read":
		content, err := os.ReadFile(what)
		os.Stdout.Write(content)
		return err
	}
	return fmt.Errorf("no verb %q", verb)
}
