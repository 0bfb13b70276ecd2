package main

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A namespace: its description, how long histories are kept after a workflow has ended, and whether it may be destroyed.
type namespace struct{ server *server }

type namespaceModel struct {
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Retention   types.Int64  `tfsdk:"retention_days"`
	Protected   types.Bool   `tfsdk:"deletion_protection"`
}

func (n *namespace) Metadata(_ context.Context, _ resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = "temporal_namespace"
}

func (n *namespace) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":                schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"description":         schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("")},
		"retention_days":      schema.Int64Attribute{Required: true, Description: "Days that the history of an ended workflow is kept."},
		"deletion_protection": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), Description: "While true, destroying the namespace, and with it every history, is refused."},
	}}
}

func (n *namespace) Configure(_ context.Context, request resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if server, ok := request.ProviderData.(*server); ok {
		n.server = server
	}
}

func days(count types.Int64) *durationpb.Duration {
	return durationpb.New(time.Duration(count.ValueInt64()) * 24 * time.Hour)
}

func (n *namespace) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var plan namespaceModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	if response.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	_, err := n.server.workflows.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, Description: plan.Description.ValueString(), WorkflowExecutionRetentionPeriod: days(plan.Retention)})
	if err != nil {
		response.Diagnostics.AddError("Cannot make the namespace "+name, err.Error())
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, plan)...)
}

func (n *namespace) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var state namespaceModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	name := state.Name.ValueString()
	found, err := n.server.workflows.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: name})
	if isNotFound(err) {
		response.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		response.Diagnostics.AddError("Cannot read the namespace "+name, err.Error())
		return
	}
	state.Description = types.StringValue(found.GetNamespaceInfo().GetDescription())
	state.Retention = types.Int64Value(int64(found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() / (24 * time.Hour)))
	if state.Protected.IsNull() {
		state.Protected = types.BoolValue(true)
	}
	response.Diagnostics.Append(response.State.Set(ctx, state)...)
}

func (n *namespace) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var plan namespaceModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	if response.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	_, err := n.server.workflows.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace:  name,
		UpdateInfo: &namespacepb.UpdateNamespaceInfo{Description: plan.Description.ValueString()},
		Config:     &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: days(plan.Retention)}})
	if err != nil {
		response.Diagnostics.AddError("Cannot change the namespace "+name, err.Error())
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, plan)...)
}

func (n *namespace) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var state namespaceModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	name := state.Name.ValueString()
	if state.Protected.ValueBool() {
		response.Diagnostics.AddError("The namespace "+name+" is protected",
			"Destroying it would remove every history in it. Apply deletion_protection = false first when that is wanted.")
		return
	}
	_, err := n.server.operator.DeleteNamespace(ctx, &operatorservice.DeleteNamespaceRequest{Namespace: name})
	if err != nil && !isNotFound(err) {
		response.Diagnostics.AddError("Cannot delete the namespace "+name, err.Error())
	}
}

func (n *namespace) ImportState(ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("name"), request, response)
}
