# The bakery's flow, as Terraform has it.
variable "shop" {
  type = string
}

resource "twilio_studio_flows_v2" "bakery" {
  friendly_name = "Bakery line" // for people
  status        = "published"
  definition = jsonencode({
    description   = "Answers who writes to ${var.shop}"
    initial_state = "Trigger"
    flags = {
      allow_concurrent_calls = true
    }
    states = [
      {
        name = "Trigger"
        type = "trigger"
        transitions = [
          { event = "incomingMessage", next = "hello" },
          { event = "incomingCall" }, # nobody calls
        ]
        properties = { offset = { x = 0, y = 0 } }
      },
      {
        "name" : "hello",
        "type" : "send-message"
        transitions = [{ event = "sent", next = "order" }, { event = "failed" }]
        properties = {
          offset  = { x = -10.5, y = 200 }
          to      = "{{contact.channel.address}}"
          from    = "{{flow.channel.address}}"
          service = "{{trigger.message.InstanceSid}}"
          body    = "Welcome to ${var.shop}, \"{{trigger.message.Body}}\" costs ${{flow.variables.price}}\nand $${more}."
        }
      },
      /* A function of Terraform's own resources. */
      {
        name        = "order"
        type        = "run-function"
        transitions = [{ event = "success" }, { event = "fail" }]
        properties = {
          service_sid  = twilio_serverless_services_v1.shop.sid
          function_sid = twilio_serverless_services_functions_v1.order.sid
          url          = "https://${twilio_serverless_services_environments_v1.shop.domain_name}/order"
          parameters   = [{ key = "shop", value = upper(var.shop) }, { key = "town", value = var.town }]
        }
      },
    ]
  })
}
