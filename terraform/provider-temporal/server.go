package main

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// How long a call waits for a namespace that was made just now to be known on every host of the server.
const settlingTime = time.Minute

type server struct {
	workflows workflowservice.WorkflowServiceClient
	operator  operatorservice.OperatorServiceClient
}

func connect(address string, secure bool, key string) (*server, error) {
	transport := insecure.NewCredentials()
	if secure {
		transport = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(transport),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, request, reply any, c *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			if key != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
			}
			if err := invoke(ctx, method, request, reply, c, options...); err != nil {
				return serviceerror.FromStatus(status.Convert(err))
			}
			return nil
		}))
	if err != nil {
		return nil, err
	}
	return &server{workflowservice.NewWorkflowServiceClient(connection), operatorservice.NewOperatorServiceClient(connection)}, nil
}

func isNotFound(err error) bool {
	var unknown *serviceerror.NamespaceNotFound
	var missing *serviceerror.NotFound
	return errors.As(err, &unknown) || errors.As(err, &missing)
}

// Calls again while the namespace is not found, up to the settling time.
func settled(ctx context.Context, call func() error) error {
	end := time.Now().Add(settlingTime)
	for {
		err := call()
		if err == nil || !isNotFound(err) || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
