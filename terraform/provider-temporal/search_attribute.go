package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
)

// One search attribute of a namespace. Attributes that others made are left alone.
type searchAttribute struct{ server *server }

type searchAttributeModel struct {
	Namespace types.String `tfsdk:"namespace"`
	Name      types.String `tfsdk:"name"`
	Type      types.String `tfsdk:"type"`
}

func (s *searchAttribute) Metadata(_ context.Context, _ resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = "temporal_search_attribute"
}

func (s *searchAttribute) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	fixed := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"namespace": schema.StringAttribute{Required: true, PlanModifiers: fixed},
		"name":      schema.StringAttribute{Required: true, PlanModifiers: fixed},
		"type":      schema.StringAttribute{Required: true, PlanModifiers: fixed, Description: "Keyword, Text, Int, Double, Bool, Datetime or KeywordList."},
	}}
}

func (s *searchAttribute) Configure(_ context.Context, request resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if server, ok := request.ProviderData.(*server); ok {
		s.server = server
	}
}

func (s *searchAttribute) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var plan searchAttributeModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	if response.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	kind, err := enums.IndexedValueTypeFromString(plan.Type.ValueString())
	if err != nil || kind == enums.INDEXED_VALUE_TYPE_UNSPECIFIED {
		known := slices.Sorted(maps.Keys(enums.IndexedValueType_shorthandValue))
		response.Diagnostics.AddAttributeError(path.Root("type"), "There is no type "+plan.Type.ValueString(), "Types: "+strings.Join(known, ", ")+".")
		return
	}
	err = settled(ctx, func() error {
		_, err := s.server.operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: plan.Namespace.ValueString(), SearchAttributes: map[string]enums.IndexedValueType{name: kind}})
		return err
	})
	if err != nil {
		response.Diagnostics.AddError("Cannot add the search attribute "+name, err.Error())
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, plan)...)
}

func (s *searchAttribute) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var state searchAttributeModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := s.server.operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: state.Namespace.ValueString()})
	if err != nil && !isNotFound(err) {
		response.Diagnostics.AddError("Cannot list the search attributes of "+state.Namespace.ValueString(), err.Error())
		return
	}
	kind, there := found.GetCustomAttributes()[state.Name.ValueString()]
	if !there {
		response.State.RemoveResource(ctx)
		return
	}
	state.Type = types.StringValue(kind.String())
	response.Diagnostics.Append(response.State.Set(ctx, state)...)
}

// Update is never asked for: every change makes a new attribute.
func (s *searchAttribute) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (s *searchAttribute) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var state searchAttributeModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	_, err := s.server.operator.RemoveSearchAttributes(ctx, &operatorservice.RemoveSearchAttributesRequest{
		Namespace: state.Namespace.ValueString(), SearchAttributes: []string{state.Name.ValueString()}})
	if err != nil && !isNotFound(err) {
		response.Diagnostics.AddError("Cannot remove the search attribute "+state.Name.ValueString(), err.Error())
	}
}

func (s *searchAttribute) ImportState(ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse) {
	namespace, name, both := strings.Cut(request.ID, "/")
	if !both {
		response.Diagnostics.AddError("'"+request.ID+"' names no search attribute", "Import it as NAMESPACE/NAME.")
		return
	}
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("namespace"), namespace)...)
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), name)...)
}
