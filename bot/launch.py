"""`make run`: the demo when no provider is set, else the migrations and then the program."""

from bot import cli, settings

PROVIDERS = ("TURNUP_TELEGRAM_TOKEN", "TURNUP_TWILIO_ACCOUNT_SID")


def main() -> None:
    values = settings.values()
    if not any(values.get(name, "").strip() for name in PROVIDERS):
        cli.main(["demo"])
    if failed := cli.run(["migrate"]):
        cli.leave(failed)
    cli.main(["serve"])


if __name__ == "__main__":
    main()
