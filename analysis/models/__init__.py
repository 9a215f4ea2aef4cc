"""The five service models: what each would change, place by place, on the same measures."""
