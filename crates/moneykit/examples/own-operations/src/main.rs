//! Prints the balance of an account and its recent transactions.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod api {
    moneykit::include_client!();
}

use api::types::{Problem, TransactionStatus};
use chrono::NaiveDate;
use moneykit::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::from_env()?;
    println!("{}", report(&client, "acc_1", NaiveDate::default()).await?);
    Ok(())
}

/// Returns the balance and the booked transactions of an account, a line each.
async fn report(client: &Client, account: &str, since: NaiveDate) -> Result<String, Error> {
    let api = api::Client::from(client);
    let outcome = api.get_account().account_id(account).send().await;
    let balance = match outcome {
        Ok(account) => account.balance.clone(),
        Err(error) if error.is_not_found() => {
            let problem = error.body::<Problem>().and_then(|problem| problem.detail.clone());
            return Ok(problem.unwrap_or_else(|| "no such account".to_owned()));
        }
        Err(error) => return Err(error),
    };
    let request = api.list_transactions().account_id(account).since(since);
    let page = request.status(vec![TransactionStatus::Booked]).send().await?;
    let mut lines = vec![format!("balance {} {}", balance.amount, balance.currency)];
    for transaction in &page.transactions {
        let amount = &transaction.amount;
        lines.push(format!("{} {} {}", transaction.booked_on, amount.amount, amount.currency));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use moneykit_emulator::Emulator;

    use super::*;

    const ACCOUNT: &str = r#"{"account_id": "acc_1", "balance": {"amount": 12.5, "currency": "EUR"}}"#;
    const TRANSACTIONS: &str = r#"{"transactions": [{
        "transaction_id": "t1",
        "booked_on": "2026-11-02",
        "amount": {"amount": -3, "currency": "EUR"},
        "status": "booked"
    }]}"#;
    const PROBLEM: &str = r#"{"title": "Not found", "detail": "There is no account acc_2"}"#;

    fn client(emulator: &Emulator) -> Client {
        Client::builder().credentials("id", "secret").base_url(emulator.url()).build().unwrap()
    }

    #[tokio::test]
    async fn the_transactions_of_an_account_are_listed() {
        let emulator = Emulator::builder()
            .client("id", "secret")
            .stub("GET", "/accounts/acc_1", 200, ACCOUNT)
            .stub("GET", "/accounts/acc_1/transactions", 200, TRANSACTIONS)
            .start()
            .unwrap();

        let report = report(&client(&emulator), "acc_1", NaiveDate::default()).await.unwrap();

        assert_eq!(report, "balance 12.5 EUR\n2026-11-02 -3 EUR");
        assert_eq!(emulator.request_counts().tokens_issued, 1);
    }

    #[tokio::test]
    async fn a_revoked_token_is_replaced() {
        let emulator = Emulator::builder()
            .client("id", "secret")
            .stub("GET", "/accounts/acc_1", 200, ACCOUNT)
            .start()
            .unwrap();
        let client = client(&emulator);
        let api = api::Client::from(&client);
        let account = api.get_account().account_id("acc_1");
        account.clone().send().await.unwrap();

        emulator.revoke_tokens();

        assert_eq!(account.send().await.unwrap().balance.currency, "EUR");
        assert_eq!(emulator.request_counts().tokens_issued, 2);
    }

    #[tokio::test]
    async fn an_unknown_account_is_explained() {
        let emulator = Emulator::builder()
            .client("id", "secret")
            .stub("GET", "/accounts/acc_2", 404, PROBLEM)
            .start()
            .unwrap();

        let report = report(&client(&emulator), "acc_2", NaiveDate::default()).await.unwrap();

        assert_eq!(report, "There is no account acc_2");
    }
}
