// A Terraform provider for what Lyceum needs of a Temporal server: namespaces with their retention,
// and search attributes. Temporal's HTTP API has no call for search attributes, so that a generic REST
// provider does not do; both are asked for over gRPC here.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const version = "0.1.0"

func main() {
	options := providerserver.ServeOpts{Address: "terraform.local/lyceum/temporal"}
	if err := providerserver.Serve(context.Background(), func() provider.Provider { return temporal{} }, options); err != nil {
		log.Fatal(err)
	}
}

type temporal struct{}

type settings struct {
	Address types.String `tfsdk:"address"`
	TLS     types.Bool   `tfsdk:"tls"`
	APIKey  types.String `tfsdk:"api_key"`
}

func (temporal) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "temporal"
	response.Version = version
}

func (temporal) Schema(_ context.Context, _ provider.SchemaRequest, response *provider.SchemaResponse) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"address": schema.StringAttribute{Required: true, Description: "Host and port of the front end."},
		"tls":     schema.BoolAttribute{Optional: true, Description: "Whether the front end speaks TLS; its certificate is checked against the system's authorities."},
		"api_key": schema.StringAttribute{Optional: true, Sensitive: true, Description: "Sent as a bearer token. Needs tls."},
	}}
}

func (temporal) Configure(ctx context.Context, request provider.ConfigureRequest, response *provider.ConfigureResponse) {
	var given settings
	response.Diagnostics.Append(request.Config.Get(ctx, &given)...)
	if response.Diagnostics.HasError() {
		return
	}
	if given.Address.IsUnknown() {
		response.Diagnostics.AddError("The address of Temporal is not known yet", "Give one that does not depend on a resource.")
		return
	}
	if given.APIKey.ValueString() != "" && !given.TLS.ValueBool() {
		response.Diagnostics.AddError("api_key without tls", "The key would travel in the clear. Set tls = true.")
		return
	}
	server, err := connect(given.Address.ValueString(), given.TLS.ValueBool(), given.APIKey.ValueString())
	if err != nil {
		response.Diagnostics.AddError("Cannot use Temporal at "+given.Address.ValueString(), err.Error())
		return
	}
	response.ResourceData = server
}

func (temporal) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &namespace{} },
		func() resource.Resource { return &searchAttribute{} },
	}
}

func (temporal) DataSources(context.Context) []func() datasource.DataSource { return nil }
