// Loads compose files as docker compose does (same library): schema, interpolation, references between services, networks and volumes;
// prints the names and images of the services. Exit status 1 with the reason when they do not load.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithOsEnv, cli.WithProfiles([]string{"*"}), cli.WithName("check"))
	if err == nil {
		project, failure := options.LoadProject(context.Background())
		if failure == nil {
			for _, service := range project.Services {
				fmt.Println(service.Name, service.Image)
			}
			return
		}
		err = failure
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
