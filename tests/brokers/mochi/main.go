// mochi-mqtt with a memory on the disk. Usage: mochi PORT DIRECTORY
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/hooks/storage/bolt"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	address := "127.0.0.1:" + os.Args[1]
	file := filepath.Join(os.Args[2], "mochi.db")
	server := mqtt.New(nil)
	must(server.AddHook(new(auth.AllowHook), nil))
	must(server.AddHook(new(bolt.Hook), &bolt.Options{Path: file}))
	must(server.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: address})))
	must(server.Serve())
	fmt.Println("listening")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	must(server.Close())
}
